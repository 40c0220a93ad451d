package command

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"basalt/config"
	"basalt/db"
	"basalt/db/arena"
	"basalt/resp"
)

// node executes commands as the server does, without the server.
type node struct {
	t        testing.TB
	host     *nodeHost
	client   Client
	keys     *db.Keyspace
	c        Context
	w        resp.Writer
	first    []byte
	realTime bool // the clock follows the wall
}

// nodeHost is as much of a server as commands on keys need.
type nodeHost struct {
	Host
	table    *Table
	config   *config.Config
	modified int // keys that commands said they changed
}

func (h *nodeHost) Table() *Table              { return h.table }
func (h *nodeHost) Config() *config.Config     { return h.config }
func (h *nodeHost) CountError(string)          {}
func (h *nodeHost) KeyModified(*db.DB, []byte) { h.modified++ }
func (h *nodeHost) AllModified(*db.DB)         {}
func (h *nodeHost) Flushing(*db.DB)            {}
func (h *nodeHost) Swapping(_, _ *db.DB)       {}
func (h *nodeHost) Flushed()                   {}
func (h *nodeHost) FreeBig(token uint64)       { arena.BlobAt(arena.Ref(token)).Discard() }
func (h *nodeHost) UnixNowUs() int64           { return time.Now().UnixMicro() }

// bigArg is the length from which an argument is received in memory of its
// own, as the parser has it.
const bigArg = 32 << 10

func newNode(t testing.TB, proto int) *node {
	t.Helper()
	n := &node{
		t:        t,
		host:     &nodeHost{table: mustTable(t), config: config.Default()},
		keys:     db.New(16, time.Now().UnixMilli()),
		first:    make([]byte, 0, 16<<10),
		realTime: true,
	}
	n.client.Proto = proto
	n.c = Context{Keys: n.keys, DB: n.keys.DB(0), W: &n.w, Client: &n.client, Host: n.host, Watching: 1}
	n.w.SetProto(proto)
	return n
}

// do executes a command and returns the bytes of the reply.
func (n *node) do(args ...string) string {
	n.t.Helper()
	if n.realTime {
		n.keys.SetNow(time.Now().UnixMilli())
	}
	views := make([][]byte, len(args))
	n.c.Big = nil
	for i, arg := range args {
		views[i] = []byte(arg)
		if len(arg) >= bigArg {
			b := arena.NewBlob(len(arg))
			copy(b.Bytes(), arg)
			views[i] = b.Bytes()
			n.c.Big = append(n.c.Big, resp.BigArg{Arg: int32(i), Token: uint64(b.Ref())})
		}
	}
	n.w.Reset(n.first)
	n.run(views)
	reply := string(n.w.AppendTo(nil))
	n.w.Release(db.Unpin)
	for _, big := range n.c.Big {
		if big.Token != 0 {
			n.host.FreeBig(big.Token)
		}
	}
	return reply
}

// run executes a command whose reply goes to n.w.
func (n *node) run(args [][]byte) {
	row, fault := n.host.table.Resolve(args)
	if fault != NoFault {
		WriteFault(&n.w, fault, row, args)
		return
	}
	hash := uint64(0)
	if row.FirstKey > 0 && row.FirstKey < len(args) {
		hash = db.Hash(args[row.FirstKey])
	}
	n.c.Begin(row, args, hash)
	row.Handler(&n.c)
}

// decode reads a reply of n.do.
func (n *node) decode(reply string) any {
	n.t.Helper()
	value, err := readReply(bufio.NewReader(strings.NewReader(reply)))
	if err != nil {
		n.t.Fatalf("our reply %q: %v", reply, err)
	}
	return value
}

// want executes a command, its words parted by spaces, and compares the reply.
func (n *node) want(reply, command string) {
	n.t.Helper()
	if got := n.do(strings.Fields(command)...); got != reply {
		n.t.Errorf("%s\n got %q\nwant %q", command, got, reply)
	}
}
