package test

import (
	"path/filepath"
	"strings"
	"testing"

	"basalt/test/harness"
	"basalt/test/script"
)

// TestScripts runs every file of testdata/script on the reference and on
// basalt, in both thread modes and both versions of the protocol.
func TestScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/script/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range paths {
		s, err := script.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(s.Name, ".txt"), func(t *testing.T) {
			inModes(t, func(t *testing.T, threads int) {
				for _, proto := range []string{"2", "3"} {
					if s.Proto == "" || s.Proto == proto {
						runScript(t, s, threads, proto)
					}
				}
			})
		})
	}
}

func runScript(t *testing.T, s *script.Script, threads int, proto string) {
	t.Helper()
	r := script.Run{
		Reference: startRedis(t, harness.Options{Args: s.Args}),
		Basalt:    startBasalt(t, threads, harness.Options{Args: s.Args}),
		Proto:     proto,
		Self:      *self,
		Failf:     t.Errorf,
	}
	if err := r.Do(s); err != nil {
		t.Error(err)
	}
}
