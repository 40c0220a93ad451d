package server

import (
	"strconv"
	"strings"
	"testing"

	"basalt/command"
	"basalt/config"
	"basalt/pubsub"
	"basalt/test/harness"
)

// hall is a server without sockets whose subscribers are not written to: what
// goes to them is looked at.
type hall struct {
	*pipe
	tb       testing.TB
	sessions []*session
}

func newHall(tb testing.TB, subscribers, proto int) *hall {
	h := &hall{pipe: newPipe(tb), tb: tb}
	for range subscribers {
		h.join(proto)
	}
	return h
}

// join makes a session that speaks that version of the protocol.
func (h *hall) join(proto int) *session {
	c := &conn{reactor: h.conn.reactor, fd: -1}
	h.server.executor.openSession(c)
	c.session.Proto = proto
	h.sessions = append(h.sessions, c.session)
	return c.session
}

func (h *hall) subscribe(s *session, k command.TopicKind, name string) {
	h.server.Subscribe(&s.Client, k, []byte(name))
}

// collect ends the round and returns what goes to each session; the batches are
// recycled.
func (h *hall) collect() map[*session]string {
	got := map[*session]string{}
	r := h.conn.reactor
	h.server.executor.sendPushes()
	for {
		r.fromExec.retry()
		b, ok := r.fromExec.ring.Pop()
		if !ok {
			return got
		}
		got[b.conn.session] += string(b.out.AppendTo(nil))
		r.recycle(b)
	}
}

// blobBytes is the memory of messages, and of whatever else nobody adopted.
func (h *hall) blobBytes() int64 { return h.server.executor.keys.Arena().Stats().Blobs }

func TestMessagesOfBothProtocols(t *testing.T) {
	h := newHall(t, 2, 2)
	h.join(3)
	a, b, c := h.sessions[0], h.sessions[1], h.sessions[2]
	h.subscribe(a, command.Channel, "news")
	h.subscribe(b, command.Pattern, "n*")
	h.subscribe(c, command.Channel, "news")
	h.subscribe(c, command.ShardChannel, "news")
	if n := h.server.Publish(command.Channel, []byte("news"), []byte("hi")); n != 3 {
		t.Errorf("%d receivers", n)
	}
	if n := h.server.Publish(command.ShardChannel, []byte("news"), []byte("ho")); n != 1 {
		t.Errorf("%d receivers of the shard channel", n)
	}
	got := h.collect()
	for s, want := range map[*session]string{
		a: "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n",
		b: "*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$2\r\nhi\r\n",
		c: ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n>3\r\n$8\r\nsmessage\r\n$4\r\nnews\r\n$2\r\nho\r\n",
	} {
		if got[s] != want {
			t.Errorf("%q, want %q", got[s], want)
		}
	}
}

// TestNeighboursArePartsTogether: messages that follow each other to the same
// receiver are one part.
func TestNeighboursArePartsTogether(t *testing.T) {
	h := newHall(t, 3, 2)
	for _, s := range h.sessions {
		h.subscribe(s, command.Channel, "c")
	}
	for i := range 20 {
		h.server.Publish(command.Channel, []byte("c"), []byte("message "+strconv.Itoa(i)))
	}
	for i, s := range h.sessions {
		if n := len(s.push.out.Parts()); n != 1 {
			t.Errorf("receiver %d has %d parts", i, n)
		}
	}
	for _, text := range h.collect() {
		if strings.Count(text, "message ") != 20 {
			t.Errorf("%q", text)
		}
	}
}

// TestMessagesLeaveNothing: whatever becomes of the receivers in the middle of
// a burst, all memory of messages is given back.
func TestMessagesLeaveNothing(t *testing.T) {
	h := newHall(t, 40, 2)
	for range 40 {
		h.join(3)
	}
	before := h.blobBytes()
	for i, s := range h.sessions {
		h.subscribe(s, command.Channel, "all")
		h.subscribe(s, command.Channel, strconv.Itoa(i%7))
		h.subscribe(s, command.Pattern, "*"+strconv.Itoa(i%5))
	}
	x := h.server.executor
	large := []byte(strings.Repeat("x", 100_000))
	for round := range 8 {
		for i := range 200 {
			h.server.Publish(command.Channel, []byte("all"), []byte(strconv.Itoa(i)))
			h.server.Publish(command.Channel, []byte(strconv.Itoa(i%11)), large[:i*10])
		}
		h.server.Publish(command.Channel, []byte("all"), large)
		for i := range 10 { // some die with messages that nobody has sent yet
			s := h.sessions[round*10+i]
			s.conn.flags |= connDead
			x.closeSession(s)
			if s.Sub+s.PSub != 0 || s.Flags&command.Subscribed != 0 {
				t.Fatalf("a session that is gone has %d subscriptions", s.Sub+s.PSub)
			}
		}
		if left := len(h.sessions) - (round+1)*10; left > 0 {
			if n := h.server.Publish(command.Channel, []byte("all"), large); n != left {
				t.Errorf("%d receivers, %d are left", n, left)
			}
		}
		h.collect()
	}
	for k := range []command.TopicKind{command.Channel, command.Pattern} {
		if n := h.server.TopicCount(command.TopicKind(k)); n != 0 {
			t.Errorf("%d topics of kind %d are left", n, k)
		}
	}
	if now := h.blobBytes(); now != before {
		t.Errorf("%d bytes of messages are left", now-before)
	}
}

// TestSlowReceiversHoldNoSheets: small messages that have to wait are copied.
func TestSlowReceiversHoldNoSheets(t *testing.T) {
	h := newHall(t, 1, 2)
	s := h.sessions[0]
	h.subscribe(s, command.Channel, "c")
	x, r := h.server.executor, h.conn.reactor
	for range 300 {
		h.server.Publish(command.Channel, []byte("c"), []byte("small"))
		h.server.Publish(command.Channel, []byte("nobody"), nil)
		x.sendPushes()
		b, _ := r.fromExec.ring.Pop()
		r.queue(s.conn, b)
	}
	for b := s.conn.out.head; b != nil; b = b.link {
		for _, p := range b.out.Parts() {
			if p.Pin != 0 {
				t.Fatalf("%d bytes that wait are pinned", len(p.Bytes))
			}
		}
	}
	if s.conn.out.count > 5 {
		t.Errorf("%d batches wait", s.conn.out.count)
	}
	const frame = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nsmall\r\n"
	text := ""
	for b := s.conn.out.pop(); b != nil; b = s.conn.out.pop() {
		text += string(b.out.AppendTo(nil))
		r.recycle(b)
	}
	if text != strings.Repeat(frame, 300) || s.conn.outBytes != len(text) {
		t.Errorf("%d bytes wait, %d are counted, want %d", len(text), s.conn.outBytes, 300*len(frame))
	}
}

func TestPublishingAllocatesNothing(t *testing.T) {
	h := newHall(t, 100, 3)
	for _, s := range h.sessions {
		h.subscribe(s, command.Channel, "c")
		h.subscribe(s, command.Pattern, "*c")
	}
	x, r := h.server.executor, h.conn.reactor
	x.server.config.NotifyKeyspaceEvents = config.NotifyAll | config.NotifyKeyspace | config.NotifyKeyevent
	x.applyNotify()
	d, key := x.keys.DB(0), []byte("c")
	round := func() {
		x.broadcast(pubsub.Channels, key, key)
		x.notify(command.EventString, "set", d, key)
		x.sendPushes()
		for b, ok := r.fromExec.ring.Pop(); ok; b, ok = r.fromExec.ring.Pop() {
			r.recycle(b)
		}
	}
	for range 64 {
		round()
	}
	most := 1.0 // a pool may be emptied meanwhile
	if harness.RaceEnabled {
		most = 75 // it makes pools lose a quarter: of 100 batches, with two allocations each
	}
	if n := testing.AllocsPerRun(200, round); n > most {
		t.Errorf("%v allocations for 300 messages", n)
	}
}

// TestEventsNobodyHears: without a subscriber nothing is made of an event.
// TestNothingBehindTheLastReply: a client that is being closed counts as a
// receiver, and gets nothing.
func TestNothingBehindTheLastReply(t *testing.T) {
	h := newHall(t, 2, 2)
	for _, s := range h.sessions {
		h.subscribe(s, command.Channel, "news")
	}
	h.sessions[1].Flags |= command.CloseAfterReply
	if n := h.server.Publish(command.Channel, []byte("news"), []byte("text")); n != 2 {
		t.Errorf("sent %d times", n)
	}
	if got := h.collect(); len(got) != 1 || got[h.sessions[0]] == "" {
		t.Errorf("messages for %d, of which the first: %q", len(got), got[h.sessions[0]])
	}
}

func TestEventsNobodyHears(t *testing.T) {
	h := newHall(t, 0, 2)
	h.reply(t, "CONFIG", "SET", "notify-keyspace-events", "KEA")
	h.reply(t, "SET", "k", "v")
	if x := h.server.executor; x.ctx.OnEvent == nil || len(x.publisher.scratch) != 0 {
		t.Errorf("the name of a channel was made: %q", x.publisher.scratch)
	}
	h.reply(t, "CONFIG", "SET", "notify-keyspace-events", "A")
	if h.server.executor.ctx.OnEvent != nil {
		t.Error("commands tell events that go nowhere")
	}
}

func BenchmarkPublish1000(b *testing.B) {
	h := newHall(b, 1000, 2)
	for _, s := range h.sessions {
		h.subscribe(s, command.Channel, "c")
	}
	x, r := h.server.executor, h.conn.reactor
	channel, text := []byte("c"), make([]byte, 64)
	for b.Loop() {
		for range 16 {
			x.broadcast(pubsub.Channels, channel, text)
		}
		x.sendPushes()
		for r.fromExec.ring.Len() > 0 || !r.fromExec.retry() {
			p, _ := r.fromExec.ring.Pop()
			r.recycle(p)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/16000, "ns/message")
}
