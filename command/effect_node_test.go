package command

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/config"
	"basalt/db"
	"basalt/db/arena"
	"basalt/internal/decimal"
	"basalt/persist"
	"basalt/resp"
)

// loggedNode is a node that logs what its commands do, with clients that wait.
// The test owns its clock.
type loggedNode struct {
	*node
	effects loggedHost
	log     Log
	waiting []*waiter
	calling *waiter
}

// waiter is a call that waits.
type waiter struct {
	args     [][]byte
	database int
	blocked  bool
}

// loggedHost is nodeHost with what waits and what makes values of payloads.
type loggedHost struct {
	*nodeHost
	node     *loggedNode
	dumper   persist.Dumper
	restorer persist.Restorer
}

func (h *loggedHost) Block(*Wait) { h.node.calling.blocked = true }

func (h *loggedHost) ConfigSet(*Client, [][]byte) error { return nil }

func (h *loggedHost) Dump(dst []byte, d *db.DB, e *db.Entry) []byte {
	return h.dumper.Append(dst, d, e, persist.Version74, false)
}

func (h *loggedHost) Restore(key []byte, hash uint64, payload []byte) (*db.Entry, error) {
	if persist.CheckPayload(payload) != nil {
		return nil, ErrRestoreChecksum
	}
	e, err := h.restorer.Read(h.node.keys, key, hash, payload)
	if err != nil {
		return nil, ErrRestoreFormat
	}
	return e, nil
}

func newLoggedNode(t testing.TB, nowMs int64) *loggedNode {
	n := &loggedNode{node: newNode(t, 2)}
	n.effects = loggedHost{nodeHost: n.host, node: n}
	n.host.config = config.Default()
	n.host.config.EnableDebugCommand = config.AccessYes
	n.c.Host, n.c.Log, n.c.Logging, n.c.Watching = &n.effects, &n.log, true, 0
	n.keys.OnExpire, n.keys.OnFieldExpire = n.c.KeyExpired, n.c.FieldExpired
	n.realTime = false
	n.keys.SetNow(nowMs)
	return n
}

// call executes a command as the server does and lets those who wait try again,
// the first one first. It returns the reply.
func (n *loggedNode) call(args ...string) string {
	n.t.Helper()
	w := &waiter{database: n.c.DB.Index()}
	n.c.Big = nil
	for i, arg := range args {
		w.args = append(w.args, []byte(arg))
		if len(arg) >= bigArg {
			b := arena.NewBlob(len(arg))
			copy(b.Bytes(), arg)
			w.args[i] = b.Bytes()
			n.c.Big = append(n.c.Big, resp.BigArg{Arg: int32(i), Token: uint64(b.Ref())})
		}
	}
	reply := n.try(w)
	for _, big := range n.c.Big {
		if big.Token != 0 {
			n.host.FreeBig(big.Token)
		}
	}
	n.c.Big = nil
	if w.blocked {
		n.waiting = append(n.waiting, w)
		return reply
	}
	for served := true; served; {
		served = false
		for i := 0; i < len(n.waiting); i++ {
			w := n.waiting[i]
			if n.try(w); !w.blocked {
				n.waiting = slices.Delete(n.waiting, i, i+1)
				served = true
				i--
			}
		}
	}
	return reply
}

// try executes a call, which may have waited already.
func (n *loggedNode) try(w *waiter) string {
	own := n.c.DB
	n.c.DB, n.calling, w.blocked = n.keys.DB(w.database), w, false
	n.w.Reset(n.first)
	row, fault := n.host.table.Resolve(w.args)
	if fault != NoFault {
		n.c.DB = own
		return string(AppendFault([]byte("-"), fault, row, w.args))
	}
	hash := uint64(0)
	if row.FirstKey > 0 {
		hash = db.Hash(w.args[row.FirstKey])
	}
	n.execute(row, w.args, hash)
	reply := string(n.w.AppendTo(nil))
	n.w.Release(db.Unpin)
	if row.Name == "select" && !n.c.Failed() {
		own = n.c.DB
	}
	n.c.DB = own
	return reply
}

// execute is what the executor does with a command.
func (n *loggedNode) execute(row *Row, args [][]byte, hash uint64) {
	n.c.Begin(row, args, hash)
	dirty := n.keys.Dirty
	row.Handler(&n.c)
	if n.c.Logging && row.Flags&(Write|MayReplicate) != 0 {
		n.c.LogVerbatim(dirty)
	}
}

// replica executes the log of another node, at a clock of its own.
type replica struct {
	*loggedNode
	inTransaction bool
	foreign       bool // the log is not ours: commands may do nothing
}

func newReplica(t testing.TB, nowMs int64) *replica {
	r := &replica{loggedNode: newLoggedNode(t, nowMs)}
	r.c.Logging = false
	r.c.SetReplaying(true)
	r.c.Replaying, r.c.NoBlock = true, true // as Replay does
	return r
}

// replay executes commands of a log. Each must do something, so that none
// fails or is refused in silence.
func (r *replica) replay(log []byte) error {
	for len(log) > 0 {
		args, rest := cutCommand(log)
		log = rest
		switch name := string(args[0]); {
		case name == "SELECT":
			index, _ := decimal.Parse(args[1])
			r.c.DB = r.keys.DB(int(index))
			continue
		case name == "MULTI" && !r.inTransaction, name == "EXEC" && r.inTransaction:
			r.inTransaction = !r.inTransaction
			continue
		}
		dirty := r.keys.Dirty
		r.w.Reset(r.first)
		err := r.c.Replay(r.c.DB, args)
		r.w.Release(db.Unpin)
		// These are logged whether or not they count as a change.
		always := r.c.Row.Name == "flushdb" || r.c.Row.Name == "flushall" || r.c.Row.Name == "bitfield"
		if r.c.Row.Name == "del" && bytes.Contains(log[:min(len(log), 20)], []byte("MSETEX")) {
			// Of a key named twice with a deadline in the past the first value
			// expires before the second comes.
			always = true
		}
		if err != nil || r.keys.Dirty == dirty && !always && !r.foreign {
			return fmt.Errorf("%.200q: %v, %d changes", args, err, r.keys.Dirty-dirty)
		}
	}
	if r.inTransaction {
		return fmt.Errorf("a transaction without end")
	}
	return nil
}

// cutCommand takes the first command off a log.
func cutCommand(log []byte) (args [][]byte, rest []byte) {
	number := func(kind byte) int {
		line, after, ok := bytes.Cut(log, []byte("\r\n"))
		n, err := strconv.Atoi(string(line[1:]))
		if !ok || line[0] != kind || err != nil {
			panic(fmt.Sprintf("BUG: test: log at %.100q", log))
		}
		log = after
		return n
	}
	for n := number('*'); n > 0; n-- {
		size := number('$')
		args = append(args, log[:size])
		log = log[size+2:]
	}
	return args, log
}

// logLines writes a log for people.
func logLines(log []byte) string {
	var lines []string
	for len(log) > 0 {
		var args [][]byte
		args, log = cutCommand(log)
		line := string(args[0])
		for _, arg := range args[1:] {
			text := strconv.Quote(string(arg))
			if text = text[1 : len(text)-1]; text == "" {
				text = `""`
			}
			line += " " + text
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// state writes down all that a keyspace holds, and what DEBUG DIGEST does not
// tell: when things expire, and what groups have. Keys whose time has come are
// left out if they expire before nowMs.
func (n *loggedNode) state() string {
	n.c.Client.Flags |= NoTouch
	var lines []string
	for i := range n.keys.Count() {
		d := n.keys.DB(i)
		d.Each(func(e *db.Entry) bool {
			var one digest
			one.addValue(d, e)
			line := fmt.Sprintf("%d %q %s %x", i, e.Key(), e.Type(), one[:6])
			if deadline, ok := e.Deadline(); ok {
				line += fmt.Sprint(" expires ", deadline)
			}
			switch e.Type() {
			case db.TypeHash:
				line += fieldDeadlines(d, e)
			case db.TypeStream:
				line += streamState(e.Stream())
			}
			lines = append(lines, line)
			return true
		})
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func fieldDeadlines(d *db.DB, e *db.Entry) string {
	var all []string
	d.HashEach(e, func(name, value db.Element) {
		text := string(name.Text(nil))
		if deadline, _ := d.HashDeadline(e, []byte(text)); deadline != db.NoDeadline {
			all = append(all, fmt.Sprintf(" %q:%d", text, deadline))
		}
	})
	slices.Sort(all)
	return strings.Join(all, "")
}

func streamState(s *db.Stream) string {
	var b strings.Builder
	fmt.Fprint(&b, " ", s.Len(), s.FirstID(), s.LastID(), s.DeletedMax(), s.Added())
	for i := range s.Groups() {
		g := s.GroupAt(i)
		fmt.Fprintf(&b, "\n  group %q %v %d:", g.Name(), g.LastID, g.Read)
		for i := range g.Consumers() {
			fmt.Fprintf(&b, " %q", g.ConsumerAt(i).Name())
		}
		for cur := g.PendingFrom(db.StreamID{}, nil); cur.Next(); {
			p := cur.Pending()
			fmt.Fprintf(&b, " %v %q %d*%d", cur.ID, p.Consumer().Name(), p.DeliveredMs, p.Deliveries)
		}
	}
	return b.String()
}

// firstDifference returns what two texts have at the first line that is not
// the same.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		one, other := "", ""
		if i < len(x) {
			one = x[i]
		}
		if i < len(y) {
			other = y[i]
		}
		if one != other {
			return fmt.Sprintf("line %d\nhas   %.600s\nwants %.600s", i, other, one)
		}
	}
	return "none"
}
