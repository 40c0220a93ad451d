package test

import (
	"path/filepath"
	"strings"
	"testing"

	"basalt/internal/invariants"
	"basalt/test/harness"
	"basalt/test/script"
)

// TestScripts runs every file of testdata/script on the reference and on
// basalt. Each thread mode speaks one version of the protocol, and the other one
// where assertions are compiled in: between them the two runs of make test have
// every pair of mode, version and build.
func TestScripts(t *testing.T) {
	t.Parallel()
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
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				proto := s.Proto
				if proto == "" && (threads == 1) == invariants.Enabled {
					proto = "2"
				} else if proto == "" {
					proto = "3"
				}
				runScript(t, s, threads, proto)
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
