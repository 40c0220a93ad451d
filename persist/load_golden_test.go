package persist

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// goldenCase is a file byte by byte, and what is in it.
type goldenCase struct {
	name string
	file []byte
	want []string
}

// goldenCases reads testdata/rdb.txt: cases, each of them
//
//	name
//	bytes in hex, "text", or crc for the checksum of all before # comment
//	----
//	what describe says, lines that are logged, or the error
//	(an empty line)
func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "rdb.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	for _, block := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
		input, want, ok := strings.Cut(block, "\n----\n")
		if !ok {
			t.Fatalf("no ---- in %q", block)
		}
		name, input, _ := strings.Cut(input, "\n")
		c := goldenCase{name: strings.TrimPrefix(name, "= "), want: strings.Split(want, "\n")}
		for _, line := range strings.Split(input, "\n") {
			c.file = appendGolden(t, c.file, line)
		}
		cases = append(cases, c)
	}
	return cases
}

func appendGolden(t testing.TB, b []byte, line string) []byte {
	t.Helper()
	for line = strings.TrimSpace(line); line != "" && line[0] != '#'; line = strings.TrimLeftFunc(line, unicode.IsSpace) {
		if line[0] == '"' {
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			s, _ := strconv.Unquote(q)
			b, line = append(b, s...), line[len(q):]
			continue
		}
		token := line
		if i := strings.IndexFunc(line, unicode.IsSpace); i >= 0 {
			token = line[:i]
		}
		line = line[len(token):]
		if token == "crc" {
			b = binary.LittleEndian.AppendUint64(b, updateCRC(0, b))
			continue
		}
		x, err := hex.DecodeString(token)
		if err != nil {
			t.Fatalf("%q: %v", token, err)
		}
		b = append(b, x...)
	}
	return b
}

// TestGolden loads files of all versions, which were written by hand from the
// description of the format.
func TestGolden(t *testing.T) {
	for _, c := range goldenCases(t) {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{0, 1, 3, 16} {
				var got []string
				k := newKeyspace()
				_, err := loadAll(c.file, k, LoadOptions{
					Checksum: true, DropExpired: true, NowMs: k.Now(), chunkBytes: size,
					Log: func(line string) { got = append(got, "log: "+line) },
				})
				got = append(got, describe(k)...)
				if err != nil {
					got = append(got, err.Error())
				}
				if len(got) == 0 {
					got = []string{"nothing"}
				}
				compareLines(t, got, c.want)
			}
		})
	}
}
