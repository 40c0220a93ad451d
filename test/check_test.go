package test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckCommand runs `basalt check` as a script would: its exit code says
// whether all files are sound.
func TestCheckCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ping := "*1\r\n$4\r\nPING\r\n"
	sound, torn := write("sound.aof", ping), write("torn.aof", ping+"*1\r\n$4")
	damaged := write("damaged.rdb", "REDIS0011\x00\x01a\x05b")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"", 1, "usage: basalt check"},
		{"--nonsense " + sound, 1, "no option --nonsense"},
		{sound, 0, "sound.aof: append only file, 1 commands in 14 bytes\n  sound\n"},
		{sound + " " + filepath.Join(dir, "absent"), 1, "absent: no such file"},
		{damaged + " --fix", 1, "DAMAGED at byte 13: unexpected end"},
		{sound + " " + torn, 1, "the last 6 bytes from byte 14 on"},
		{torn + " --fix", 0, "fixed: cut off the last 6 bytes"},
		{torn, 0, "sound"},
	} {
		cmd := exec.Command(basaltBinary, append([]string{"check"}, strings.Fields(c.args)...)...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		_ = cmd.Run() // the exit code says it all
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("check %s: exit code %d, want %d, with\n%s", c.args, code, c.code, out.String())
		}
	}
}
