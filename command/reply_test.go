package command

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/internal/reference"
	"basalt/resp"
)

// Replies as tests see them: text, int64, nil, list, set, dict or failure.
type (
	list    []any
	set     []any
	dict    []any // key, value, key, value
	failure string
)

// readReply reads one reply of either protocol.
func readReply(r *bufio.Reader) (any, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	rest := strings.TrimSuffix(line[1:], "\r\n")
	switch line[0] {
	case '+':
		return rest, nil
	case '-':
		return failure(rest), nil
	case ',':
		return strconv.ParseFloat(rest, 64)
	case '_':
		return nil, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil {
		return nil, fmt.Errorf("reply line %q", line)
	}
	switch line[0] {
	case ':':
		return int64(n), nil
	case '$', '=':
		if n < 0 {
			return nil, nil
		}
		b := make([]byte, n+2)
		_, err := io.ReadFull(r, b)
		return string(b[:n]), err
	case '*':
		items, err := readReplies(r, n)
		return list(items), err
	case '~':
		items, err := readReplies(r, n)
		return set(items), err
	case '%':
		items, err := readReplies(r, 2*n)
		return dict(items), err
	}
	return nil, fmt.Errorf("reply line %q", line)
}

func readReplies(r *bufio.Reader, n int) ([]any, error) {
	items := make([]any, max(n, 0))
	for i := range items {
		var err error
		if items[i], err = readReply(r); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// get returns the value of a key, or nil.
func (d dict) get(key string) any {
	for i := 0; i+1 < len(d); i += 2 {
		if d[i] == key {
			return d[i+1]
		}
	}
	return nil
}

// joined joins the strings of a set in the order of the alphabet.
func joined(items set) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = fmt.Sprint(item)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// wire is a connection to the reference server that shows the bytes.
type wire struct {
	t    testing.TB
	conn net.Conn
	copy strings.Builder // everything read
	in   *bufio.Reader
}

// dialReference starts a reference server and connects in the given protocol.
func dialReference(t testing.TB, proto int) *wire {
	t.Helper()
	server := reference.Start(t)
	conn, err := net.Dial("unix", filepath.Join(server.Dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	w := &wire{t: t, conn: conn}
	w.in = bufio.NewReader(io.TeeReader(conn, &w.copy))
	w.do("HELLO", strconv.Itoa(proto))
	return w
}

// do sends a command and returns its reply, decoded and as it came.
func (w *wire) do(args ...string) (any, string) {
	w.t.Helper()
	request := fmt.Appendf(nil, "*%d\r\n", len(args))
	for _, arg := range args {
		request = fmt.Appendf(request, "$%d\r\n%s\r\n", len(arg), arg)
	}
	w.copy.Reset()
	if err := w.conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.conn.Write(request); err != nil {
		w.t.Fatal(err)
	}
	reply, err := readReply(w.in)
	if err != nil {
		w.t.Fatalf("reply to %q: %v", args, err)
	}
	return reply, w.copy.String()
}

// tableHost is a server that has a table and nothing else.
type tableHost struct {
	Host
	table *Table
}

func (h tableHost) Table() *Table     { return h.table }
func (h tableHost) CountError(string) {}

// call executes a command of the table, which is one that looks at nothing but
// the table, and returns the bytes of the reply.
func call(t testing.TB, table *Table, proto int, args ...string) string {
	t.Helper()
	var w resp.Writer
	w.SetProto(proto)
	bytes := make([][]byte, len(args))
	for i := range args {
		bytes[i] = []byte(args[i])
	}
	row, fault := table.Resolve(bytes)
	if fault != NoFault {
		WriteFault(&w, fault, row, bytes)
		return string(w.AppendTo(nil))
	}
	c := &Context{W: &w, Host: tableHost{table: table}}
	c.Begin(row, bytes, 0)
	row.Handler(c)
	return string(w.AppendTo(nil))
}

// callReply is call with the reply decoded.
func callReply(t testing.TB, table *Table, args ...string) any {
	t.Helper()
	reply, err := readReply(bufio.NewReader(strings.NewReader(call(t, table, resp.Proto3, args...))))
	if err != nil {
		t.Fatalf("our reply to %q: %v", args, err)
	}
	return reply
}

func mustTable(t testing.TB, renames ...Rename) *Table {
	t.Helper()
	table, err := NewTable(renames)
	if err != nil {
		t.Fatal(err)
	}
	return table
}
