package persist

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// manifest checks a manifest and the files that it names, which are beside it.
func (c *checker) manifest(path string, f *os.File, size int64, fix bool) {
	c.say("%s: manifest, %d bytes", path, size)
	if size > manifestMax {
		c.refuse("it is too large for a manifest")
		return
	}
	text := make([]byte, size)
	if _, err := readFull(f, text, 0, size); err != nil {
		c.unreadable(path, err)
		return
	}
	files, err := checkedManifest(string(text))
	if err != nil {
		c.refuse("%v", err)
		return
	}
	c.say("  sound, it names %d files", len(files))
	for i, file := range files {
		c.inner = i < len(files)-1 || file.kind != incrFile
		c.path(filepath.Join(filepath.Dir(path), file.name), fix && !c.inner)
	}
	c.inner = false
}

// checkedManifest returns the files that a manifest names, in the order in which
// they are loaded, history left out. An error says in which line it is damaged.
// What Redis would load but never writes is damage here: a base behind what
// follows it.
func checkedManifest(text string) ([]logFile, error) {
	m := &manifest{}
	err := m.parse("", []byte(text), func(f logFile) manifestFault {
		if f.kind == baseFile && !m.empty() {
			return manifestFault{"", ": a base that is not the first file"}
		}
		return m.add(f)
	})
	var bad *ManifestError
	switch {
	case errors.As(err, &bad) && bad.Line == 0:
		return nil, errors.New(bad.Detail)
	case errors.As(err, &bad):
		return nil, fmt.Errorf("line %d%s", bad.Line, bad.Detail)
	}
	return m.files(), nil
}
