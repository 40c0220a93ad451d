package persist

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"basalt/internal/vfs"
)

// The manifest says which files make up the log, in the order of loading. It
// is text, a line per file:
//
//	file appendonly.aof.2.base.rdb seq 2 type b     the base; at most one
//	file appendonly.aof.1.incr.aof seq 1 type h     history: not part of the
//	file appendonly.aof.1.base.rdb seq 1 type h     log, to be deleted
//	file appendonly.aof.2.incr.aof seq 2 type i     what came after the base,
//	file appendonly.aof.3.incr.aof seq 3 type i     seq rising
//
// Names with other than plain characters are quoted, "#" begins a comment,
// pairs with other keys are skipped. (Redis 7's format.) It is replaced as a
// whole, never changed in place.

// Types of files, as they stand in the manifest.
const (
	baseFile    = 'b'
	historyFile = 'h'
	incrFile    = 'i'
)

// logFile is one line of a manifest.
type logFile struct {
	name string
	seq  int64
	kind byte
}

// manifest is the list of files. A value is never changed once others can see
// it: changes are made to a clone.
type manifest struct {
	base    *logFile // nil if there is none
	history []logFile
	incrs   []logFile
	baseSeq int64 // of the newest base
	incrSeq int64 // of the newest incr
}

// ManifestError says that a manifest cannot be read.
type ManifestError struct {
	Path   string
	Line   int    // counted from 1; 0 if it is about the whole
	Text   string // the line
	Reason string // in the words of Redis
	// Detail is what exactly is wrong, as it goes on behind "line 5", or by
	// itself if Line is 0.
	Detail string
}

// Error returns place and reason.
func (e *ManifestError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("%s: line %d: %q: %s", e.Path, e.Line, e.Text, e.Reason)
}

// Bounds of a manifest that is read: lines as long as Redis takes, and more of
// them than any log has files.
const (
	manifestLineMax = 1024
	manifestMax     = 16 << 20
)

// manifestFault is what is wrong with a line: Reason and Detail of a
// ManifestError. The zero value is nothing.
type manifestFault struct{ reason, detail string }

// What is wrong with a line, in the words of Redis.
const (
	badManifestLine = "Invalid AOF manifest file format"
	badManifestType = "Unknown AOF file type"
)

// parseManifest reads the text of a manifest. path is for errors.
func parseManifest(path string, text []byte) (*manifest, error) {
	m := &manifest{}
	if err := m.parse(path, text, m.add); err != nil {
		return nil, err
	}
	return m, nil
}

// parse reads the text of a manifest into m, which is empty: add is called for
// each line, and adds to m what it finds right.
func (m *manifest) parse(path string, text []byte, add func(logFile) manifestFault) error {
	if len(text) == 0 {
		return &ManifestError{Path: path, Reason: "Found an empty AOF manifest", Detail: "it is empty"}
	}
	rest := string(text)
	for number := 1; rest != ""; number++ {
		line, tail, ended := strings.Cut(rest, "\n")
		rest = tail
		if strings.HasPrefix(line, "#") && ended {
			continue
		}
		f, fault := parseManifestLine(line, ended)
		if fault == (manifestFault{}) {
			fault = add(f)
		}
		if fault != (manifestFault{}) {
			return &ManifestError{Path: path, Line: number, Text: line, Reason: fault.reason, Detail: fault.detail}
		}
	}
	if m.base == nil && slices.ContainsFunc(m.history, func(f logFile) bool { return strings.Contains(f.name, baseSuffix) }) {
		// A base becomes history when another takes its place, never alone:
		// what follows it would be loaded into nothing.
		return &ManifestError{Path: path, Reason: "The AOF manifest file has a base file in its history, but none in use",
			Detail: "there is a base in the history, but none in use"}
	}
	return nil
}

// parseManifestLine reads a line; ended says that it has an end.
func parseManifestLine(line string, ended bool) (f logFile, fault manifestFault) {
	const tooLong = "The AOF manifest file contains too long line"
	switch {
	case !ended:
		return f, manifestFault{tooLong, " has no end"}
	case len(line)+1 >= manifestLineMax:
		return f, manifestFault{tooLong, fmt.Sprintf(" has %d bytes", len(line))}
	}
	line = strings.Trim(line, " \t\r\n")
	words, wrong := splitWords(line)
	if wrong != "" {
		return f, manifestFault{badManifestLine, fmt.Sprintf(": unbalanced quotes: %.60q", wrong)}
	}
	if len(words) < 6 || len(words)%2 != 0 {
		return f, manifestFault{badManifestLine, fmt.Sprintf(": no entry: %.60q", line)}
	}
	seen := map[string]bool{}
	for i := 0; i < len(words); i += 2 {
		key := strings.ToLower(words[i])
		if seen[key] { // two lines that became one
			return f, manifestFault{badManifestLine, fmt.Sprintf(": %.40q twice in %.60q", key, line)}
		}
		seen[key] = true
		if fault = f.set(key, words[i+1]); fault != (manifestFault{}) {
			return f, fault
		}
	}
	if f.name == "" || f.seq == 0 || f.kind == 0 {
		return f, manifestFault{badManifestLine, fmt.Sprintf(": no entry: %.60q", line)}
	}
	return f, manifestFault{}
}

// set takes one of the pairs of a line. Other keys than those that there are
// mean nothing.
func (f *logFile) set(key, value string) manifestFault {
	switch key {
	case "file":
		if strings.ContainsAny(value, "/\x00") || value == "." || value == ".." {
			return manifestFault{"File can't be a path, just a filename", fmt.Sprintf(": file name %.60q, which is a path", value)}
		}
		f.name = value
	case "seq":
		seq, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seq <= 0 {
			return manifestFault{badManifestLine, fmt.Sprintf(": sequence number %.40q", value)}
		}
		f.seq = seq
	case "type":
		if len(value) != 1 {
			return manifestFault{badManifestType, fmt.Sprintf(": type %.40q", value)}
		}
		f.kind = value[0]
	}
	return manifestFault{}
}

// add puts a file where its type belongs, unless something is wrong with it.
func (m *manifest) add(f logFile) manifestFault {
	switch f.kind {
	case baseFile:
		if m.base != nil {
			return manifestFault{"Found duplicate base file information", ": a second base"}
		}
		m.base, m.baseSeq = &f, f.seq
	case historyFile:
		m.history = append(m.history, f)
	case incrFile:
		if f.seq <= m.incrSeq {
			return manifestFault{"Found a non-monotonic sequence number", fmt.Sprintf(": sequence number %d behind %d", f.seq, m.incrSeq)}
		}
		m.incrs, m.incrSeq = append(m.incrs, f), f.seq
	default:
		return manifestFault{badManifestType, fmt.Sprintf(": type %q", string(f.kind))}
	}
	return manifestFault{}
}

// appendTo appends the text of the manifest.
func (m *manifest) appendTo(b []byte) []byte {
	if m.base != nil {
		b = m.base.appendTo(b)
	}
	for i := range m.history {
		b = m.history[i].appendTo(b)
	}
	for i := range m.incrs {
		b = m.incrs[i].appendTo(b)
	}
	return b
}

func (f *logFile) appendTo(b []byte) []byte {
	b = append(b, "file "...)
	if needsQuotes(f.name) {
		b = appendQuoted(b, f.name)
	} else {
		b = append(b, f.name...)
	}
	b = append(b, " seq "...)
	b = strconv.AppendInt(b, f.seq, 10)
	return append(b, ' ', 't', 'y', 'p', 'e', ' ', f.kind, '\n')
}

func (m *manifest) clone() *manifest {
	c := *m
	c.history, c.incrs = slices.Clone(m.history), slices.Clone(m.incrs)
	return &c
}

func (m *manifest) empty() bool { return m.base == nil && len(m.incrs) == 0 }

// files returns what is to be loaded, in order.
func (m *manifest) files() []logFile {
	var all []logFile
	if m.base != nil {
		all = append(all, *m.base)
	}
	return append(all, m.incrs...)
}

// Parts of file names.
const (
	baseSuffix     = ".base"
	incrSuffix     = ".incr"
	rdbFormat      = ".rdb"
	aofFormat      = ".aof"
	tempPrefix     = "temp-"
	manifestSuffix = ".manifest"
)

// nextBase names the base after this one.
func (m *manifest) nextBase(fileName string, rdb bool) logFile {
	format := aofFormat
	if rdb {
		format = rdbFormat
	}
	seq := m.baseSeq + 1
	return logFile{fileName + "." + strconv.FormatInt(seq, 10) + baseSuffix + format, seq, baseFile}
}

// nextIncr names the incr after the last.
func (m *manifest) nextIncr(fileName string) logFile {
	seq := m.incrSeq + 1
	return logFile{fileName + "." + strconv.FormatInt(seq, 10) + incrSuffix + aofFormat, seq, incrFile}
}

// replaceBase makes base the base, and history of the one before and of all
// incrs but the newest keep. The newest history comes first, as Redis has it.
func (m *manifest) replaceBase(base logFile, keep int) {
	done := len(m.incrs) - keep
	history := make([]logFile, 0, done+1+len(m.history))
	history = append(history, m.incrs[:done]...)
	if m.base != nil {
		history = append(history, *m.base)
	}
	for i := range history {
		history[i].kind = historyFile
	}
	m.history = append(history, m.history...)
	m.incrs = slices.Clone(m.incrs[done:])
	m.base, m.baseSeq = &base, base.seq
}

// readManifest reads the manifest at path; an empty one if there is no file.
func readManifest(fsys vfs.FS, path string) (*manifest, error) {
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &manifest{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > manifestMax {
		return nil, &ManifestError{Path: path, Reason: "The AOF manifest file is too large", Detail: "it is too large for a manifest"}
	}
	text := make([]byte, size)
	if _, err := f.ReadAt(text, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return parseManifest(path, text)
}

// writeManifest replaces the manifest at path. If replaced is true while there
// is an error, the new one may or may not outlive a crash: only SyncDir of its
// folder makes that certain.
func writeManifest(fsys vfs.FS, path string, m *manifest) (replaced bool, err error) {
	dir, name := filepath.Split(path)
	temp := filepath.Join(dir, tempPrefix+name)
	if err := writeFile(fsys, temp, func(w io.Writer) error {
		_, err := w.Write(m.appendTo(nil))
		return err
	}); err != nil {
		return false, err
	}
	if err := fsys.Rename(temp, path); err != nil {
		return false, errors.Join(err, removeIfThere(fsys, temp))
	}
	return true, fsys.SyncDir(dir)
}

// writeFile makes a file with what fill writes, and syncs it. On an error
// nothing is left.
func writeFile(fsys vfs.FS, path string, fill func(io.Writer) error) error {
	f, err := fsys.Create(path)
	if err != nil {
		return err
	}
	err = fill(io.NewOffsetWriter(f, 0))
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return errors.Join(err, removeIfThere(fsys, path))
	}
	return nil
}

func removeIfThere(fsys vfs.FS, path string) error {
	if err := fsys.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
