package resp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"basalt/internal/reference"
	"basalt/internal/seeds"
)

// exchange opens a connection to the reference server, sends the pieces with a
// pause between them, says that no more will come, and returns every byte of
// the answer.
func exchange(t *testing.T, s *reference.Server, pieces ...string) string {
	t.Helper()
	c, err := net.Dial("unix", filepath.Join(s.Dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for i, piece := range pieces {
		if i > 0 {
			time.Sleep(3 * time.Millisecond)
		}
		if _, err := io.WriteString(c, piece); err != nil {
			break // closed at a protocol error before it had read everything
		}
	}
	_ = c.(*net.UnixConn).CloseWrite()
	answer, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("%.100q: %v after %q", pieces, err, answer)
	}
	return string(answer)
}

// ourAnswer is what redis-server would write had it our parser. All commands
// must be ones it does not know: it names them and their arguments in its error.
func ourAnswer(lim Limits, in string) string {
	var p Parser
	var out Commands
	var w Writer
	_, err := p.Parse([]byte(in), &out, 1<<20, &lim)
	for i := range out.Len() {
		w.Error(unknownCommand(out.Command(i)))
	}
	if err != nil {
		w.Error("ERR " + err.Error())
	}
	return string(w.AppendTo(nil))
}

// unknownCommand is redis-server's answer to a command that it does not have.
// It handles arguments as C strings and shows the first 128 bytes of them.
func unknownCommand(argv [][]byte) string {
	shown := func(b []byte, most int) string {
		s, _, _ := strings.Cut(string(b), "\x00")
		return s[:min(len(s), most)]
	}
	args := ""
	for _, a := range argv[1:] {
		if len(args) >= 128 {
			break
		}
		args += "'" + shown(a, 128-len(args)) + "' "
	}
	return "ERR unknown command '" + shown(argv[0], 128) + "', with args beginning with: " + args
}

// malformed lists what clients should not send, and what looks as if they
// should not. Valid commands in it are named zz, which redis-server has not.
func malformed() []string {
	long := strings.Repeat("x", lineMax)
	list := []string{
		long + "\n", long + "x", long,
		"*" + long[1:] + "\r\n", "*" + long[1:], "*" + long,
		"*1\r\n$" + long[1:] + "\r\n", "*1\r\n$" + long[1:], "*1\r\n$" + long, "*1\r\n" + long[1:] + "\r\n",
		"zz\x00\r\n", "zz\x00" + long, "*1\x00\r\n" + long, "*1\r\n$2\x00\r\n" + long, "*1\r\n$2\x00\r\n",
		"\x00", "\x00zz\r\n", "zz\r\n\x00zz\r\n",
		"zz a\rb\r\nzz a\r\r\nzz a\n", "\r\n", "\n", "\r", "\r\r\n", " \r\n", "zz\r", "zz",
		"*1\rx$2\ryzz__zz\n", "*1\n$2\nzz\n\r\n", "*2\r\n$2\r\nzz\r\n$3\r\nabcd\r\nzz\r\n",
		"*2\r\n$2\r\nzz\r\n$3\r\nab\r\nzz\r\n", "*1\r\n$2\r\nzzxyzz\r\n",
		"$2\r\nzz\r\n", ":1\r\n", "+zz\r\n", "_\r\n", "zz *1\r\n", " *1\r\n",
		"zz \"a\\x41\\x4g\\xzz\\n\\r\\t\\b\\a\\\\\\\"\\c\"\n", "zz 'a\\n\\'\\\\' b\n",
		"zz \"\n", "zz '\n", "zz \"a\n", "zz \"a\\\n", "zz \"a\\\"\n", "zz 'a\\'\n", "zz \"a\"b\n", "zz 'a'b\n",
		"zz \"a\"\"b\"\n", "zz a\"b\" c\n", "zz a'b' c\n", "zz \"\" ''\n", "zz\v\f \va\v b\f\n", "\v\fzz\n",
		"zz \"a\"\vb\n", "zz\tb\n", "zz \"\\x00a\" b\n", "zz \\x41\n", "zz \xff\xfe\n", "\"zz\" a\r\n", "'zz'\r\n",
		"zz\r\n*x\r\nzz\r\n", "*1\r\n$2\r\nzz\r\n*1\r\n$-1\r\n",
	}
	numbers := []string{
		"", "0", "1", "-", "-0", "-1", "+1", "01", "00", " 1", "1 ", "1a", "a", "0x1", "1.0", "1\n", "\t1", "10", "010",
		"--1", "-01", "16384", "16385", "1048576", "1048577", "536870912", "536870913", "2147483647", "2147483648",
		"4294967296", "4294967297", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
		"-9223372036854775809", "18446744073709551617", "99999999999999999999", "999999999999999999999999",
	}
	for _, n := range numbers {
		for _, end := range []string{"", "\r", "\r\n", "\rx", "\n", "\r\n$2\r\nzz\r\n"} {
			list = append(list, "*"+n+end, "*1\r\n$"+n+end, "*2\r\n$2\r\nzz\r\n$"+n+end)
		}
	}
	for c := 1; c < 256; c++ {
		list = append(list, "*1\r\n"+string([]byte{byte(c)})+"2\r\nzz\r\n")
	}
	return list
}

func TestMalformedLikeReference(t *testing.T) {
	s := reference.Start(t)
	for _, in := range malformed() {
		if got, want := ourAnswer(Limits{}, in), exchange(t, s, in); got != want {
			t.Errorf("%.80q (%d bytes):\n  ours %.300q\nserver %.300q", in, len(in), got, want)
		}
	}
}

func TestMalformedInPiecesLikeReference(t *testing.T) {
	s := reference.Start(t)
	x := strings.Repeat("x", lineMax)
	for _, pieces := range [][]string{
		{"*", "1", "\r", "\n", "$", "2", "\r", "\n", "z", "z", "\r", "\n"},
		{"*1\r\n", "zz", "\r\n"},
		{"*1\r\n", "zz", "\r"},
		{"*1\r\n$", "x", "\r", "\n"},
		{"z", "z", " \"a", "\" ", "b\r", "\n"},
		{x, "\n"}, {x, "x"}, {x, "x", "\n"}, {x[:100], x, "\n"},
		{"*" + x[1:], "\r\n"}, {"*" + x[1:], "x", "\r\n"},
		{"*1\r\n", "$" + x[1:], "\r\n"}, {"*1\r\n", "$" + x[1:], "x", "\r\n"},
		{"*1\r\n", x, "x"}, {"*1\r\n", "x" + x, "\r\n"},
		{"zz\x00", x[3:], "x", "x"}, {"zz\x00", x[3:], "\n"},
	} {
		got, want := ourAnswer(Limits{}, strings.Join(pieces, "")), exchange(t, s, pieces...)
		if got != want {
			t.Errorf("%.80q:\n  ours %.300q\nserver %.300q", pieces, got, want)
		}
	}
}

func TestUnauthenticatedLikeReference(t *testing.T) {
	s := reference.Start(t, "--requirepass", "secret")
	bulks := func(n int) string { return fmt.Sprintf("*%d\r\n%s", n, strings.Repeat("$2\r\nzz\r\n", n)) }
	bulk := func(n int) string { return fmt.Sprintf("*1\r\n$%d\r\n%s\r\n", n, strings.Repeat("z", n)) }
	for _, in := range []string{
		bulks(9), bulks(10), bulks(11), "*11\r\n", "*99\r\n", "*100\r\n", "*2147483648\r\n", "*-11\r\n",
		bulk(16383), bulk(16384), bulk(16385), bulk(100000), "*1\r\n$16385\r\n", "*1\r\n$536870913\r\n", "*1\r\n$-1\r\n",
		bulks(2) + bulks(11), bulks(2) + "*1\r\n$16385\r\n",
	} {
		if got, want := ourAnswer(Limits{Unauthenticated: true}, in), exchange(t, s, in); got != want {
			t.Errorf("%.80q:\n  ours %q\nserver %q", in, got, want)
		}
	}
}

// Over client-query-buffer-limit the connection ends without a word.
func TestQueryLimitLikeReference(t *testing.T) {
	s := reference.Start(t, "--client-query-buffer-limit", "1mb")
	in := "*2\r\n$2\r\nzz\r\n$2000000\r\n" + strings.Repeat("x", 1500_000)
	if answer := exchange(t, s, in); answer != "" {
		t.Errorf("server: %.200q", answer)
	}
	for _, heap := range []BigAllocator{nil, newBigHeap()} {
		var p Parser
		var out Commands
		if _, err := p.Parse([]byte(in), &out, 1, &Limits{MaxQuery: 1 << 20, Big: heap}); err != ErrQueryLimit {
			t.Error("ours:", err)
		}
	}
}

// Streams that are almost commands, against the reference.
func TestRandomLikeReference(t *testing.T) {
	s := reference.Start(t)
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 0))
	alphabet := []string{"\r\n", "\r\n", "\r", "\n", "*", "$", "-", "0", "1", "2", "3", "zz", "zz", "\"", "'", "\\", "\\x4", " ", "\x00", "\xff",
		"*1\r\n$2\r\nzz\r\n", "*2\r\n$2\r\nzz\r\n$3\r\na\r\n", "$2\r\nzz\r\n", "zz \"a b\" 'c d'\r\n"}
	for range 1500 {
		var in bytes.Buffer
		for range 1 + rnd.IntN(12) {
			in.WriteString(alphabet[rnd.IntN(len(alphabet))])
		}
		if got, want := ourAnswer(Limits{}, in.String()), exchange(t, s, in.String()); got != want {
			t.Fatalf("seed %d, %q:\n  ours %q\nserver %q", seed, in.String(), got, want)
		}
	}
}
