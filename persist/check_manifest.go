package persist

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// A manifest names the files that an append only file consists of, a line for
// each, in the order in which they are read:
//
//	file <name> seq <number> type <b, i or h>
//
// b is the base, i what was logged since, h history: files that are not needed
// any more. Names with odd characters are quoted. Lines that begin with # are
// comments.

// manifestFile is a line of a manifest.
type manifestFile struct {
	name string
	seq  int64
	kind byte
}

const checkLineMax = 1024

// checkedManifest returns the files that a manifest names, in order, history left
// out. An error says in which line it is damaged.
func checkedManifest(text string) (files []manifestFile, err error) {
	number, last := 0, int64(0)
	for text != "" {
		number++
		line, rest, ok := strings.Cut(text, "\n")
		if !ok {
			return files, fmt.Errorf("line %d has no end", number)
		}
		text = rest
		if len(line) > checkLineMax {
			return files, fmt.Errorf("line %d has %d bytes", number, len(line))
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		f, err := manifestLine(strings.TrimSuffix(line, "\r"))
		switch {
		case err != nil:
		case f.kind == 'h':
			continue
		case f.kind == 'b' && len(files) > 0:
			err = errors.New("a base that is not the first file")
		case f.kind == 'i' && f.seq <= last:
			err = fmt.Errorf("sequence number %d behind %d", f.seq, last)
		}
		if err != nil {
			return files, fmt.Errorf("line %d: %w", number, err)
		}
		if f.kind == 'i' {
			last = f.seq
		}
		files = append(files, f)
	}
	if number == 0 {
		return nil, errors.New("it is empty")
	}
	return files, nil
}

func manifestLine(line string) (f manifestFile, err error) {
	words, err := manifestWords(line)
	if err != nil {
		return f, err
	}
	if len(words) < 6 || len(words)%2 != 0 {
		return f, fmt.Errorf("no entry: %.60q", line)
	}
	for i := 0; i < len(words); i += 2 {
		value := words[i+1]
		switch strings.ToLower(words[i]) {
		case "file":
			f.name = value
		case "seq":
			if f.seq, err = strconv.ParseInt(value, 10, 64); err != nil || f.seq < 1 {
				return f, fmt.Errorf("sequence number %.40q", value)
			}
		case "type":
			if len(value) != 1 || !strings.Contains("bih", value) {
				return f, fmt.Errorf("type %.40q", value)
			}
			f.kind = value[0]
		}
	}
	switch {
	case f.name == "" || f.seq == 0 || f.kind == 0:
		return f, fmt.Errorf("no entry: %.60q", line)
	case filepath.Base(f.name) != f.name:
		return f, fmt.Errorf("file name %.60q, which is a path", f.name)
	}
	return f, nil
}

// manifestWords splits a line at blanks that are not quoted.
func manifestWords(line string) (words []string, err error) {
	for line = strings.TrimLeft(line, " \t"); line != ""; line = strings.TrimLeft(line, " \t") {
		if line[0] == '"' {
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("unbalanced quotes: %.60q", line)
			}
			word, err := strconv.Unquote(q)
			if err != nil {
				return nil, fmt.Errorf("quoted word %.60q", q)
			}
			words, line = append(words, word), line[len(q):]
			continue
		}
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		words, line = append(words, line[:end]), line[end:]
	}
	return words, nil
}
