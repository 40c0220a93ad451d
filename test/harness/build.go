package harness

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"basalt/internal/invariants"
)

// Build compiles the server into dir the way this binary was compiled, with the
// same assertions and the race detector when it is on, and returns its path.
func Build(dir string) (string, error) {
	path := filepath.Join(dir, "basalt")
	// The profile changes no behaviour, only the time that compiling takes.
	args := []string{"build", "-pgo=off", "-o", path}
	env := append(os.Environ(), "CGO_ENABLED=0")
	if invariants.Enabled {
		args = append(args, "-tags", "invariants")
	}
	if RaceEnabled {
		args = append(args, "-race")
		env = append(os.Environ(), "CGO_ENABLED=1")
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir, cmd.Env = Root(), env
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// uses tells go test that results depend on the sources, once: it looks at what
// tests ask for, not at what the compiler does, and would repeat the result of
// another server.
var uses = sync.OnceFunc(func() {
	_ = filepath.WalkDir(Root(), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" {
			_, err = os.Stat(path)
		}
		return err
	})
})

// Root is the directory of the module's source.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	if filepath.IsAbs(file) {
		return filepath.Join(filepath.Dir(file), "..", "..")
	}
	// Built with -trimpath: a test runs in the directory of its package.
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if abs, err := filepath.Abs(dir); err != nil || abs == "/" {
			return "."
		}
	}
}
