package arena

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const refusedVar = "BASALT_TEST_REFUSED"

// TestSystemRefuses runs itself as a child that may map no more memory.
func TestSystemRefuses(t *testing.T) {
	if os.Getenv(refusedVar) != "" {
		refused()
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestSystemRefuses$")
	cmd.Env = append(os.Environ(), refusedVar+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "blob refused") ||
		!strings.Contains(string(out), "arena: out of memory: the system refuses 400000000 bytes") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func refused() {
	a := New()
	a.Free(a.Alloc(100, Other), 100, Other)
	limit := unix.Rlimit{Cur: 300 << 20, Max: 300 << 20}
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &limit); err != nil {
		panic(err)
	}
	if NewBlob(400_000_000) == nil {
		os.Stdout.WriteString("blob refused\n")
	}
	a.checkInvariants()
	if b := NewBlob(20 << 20); b == nil {
		panic("a small blob was refused")
	}
	a.Alloc(400_000_000, Other)
}
