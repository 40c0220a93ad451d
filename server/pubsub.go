package server

import (
	"basalt/command"
	"basalt/db/arena"
	"basalt/pubsub"
	"basalt/resp"
)

// A message is encoded once for each version of the protocol that somebody
// speaks who receives it. The bytes lie in pinned memory of the arena and become
// parts of what is written to the receivers; none of them has a copy. Small
// messages stand one behind the other in a sheet, so that those that follow each
// other to the same receiver are one part and need one pin.

const (
	// sheetSize is the memory that small messages are printed into, in bytes,
	// with the header of the blob.
	sheetSize = 16 << 10
	// looseSize is from when on a message has memory of its own: at most a
	// quarter of a sheet is lost to one that does not fit.
	looseSize = 4 << 10
	// messageFrame bounds what is in a message beside its names and text.
	messageFrame = 96
)

// publisher is what the executor has for publish and subscribe.
type publisher struct {
	topics  *pubsub.Registry[*session]
	sheets  [2]sheet // for RESP2 and RESP3
	matched []*pubsub.Topic[*session]
	// subscribers counts the sessions with command.Subscribed.
	subscribers int
	// scratch holds the name of an event's channel, text its message.
	scratch, text []byte
	// events are the classes of which messages are sent, on the channels of keys
	// and on those of events.
	events         command.EventClass
	byKey, byEvent bool
}

// sheet is memory that small messages are appended to.
type sheet struct {
	blob *arena.Blob // nil before the first message
	used int
}

// take returns n bytes of a sheet, with its end as their capacity, so that what
// is behind them can be seen to follow. It returns nil if there is no memory.
func (t *sheet) take(n int) ([]byte, *arena.Blob) {
	if t.blob != nil && cap(t.blob.Bytes())-t.used < n {
		if t.blob.Pinned() {
			t.blob.Discard()
			t.blob = nil
		}
		t.used = 0 // all that was printed is written
	}
	if t.blob == nil {
		if t.blob = arena.NewBlob(sheetSize - arena.BlobHeader); t.blob == nil {
			return nil, nil
		}
	}
	b := t.blob.Bytes()[t.used:]
	t.used += n
	return b, t.blob
}

// drop lets go of the sheet.
func (t *sheet) drop() {
	if t.blob != nil {
		t.blob.Discard()
		*t = sheet{}
	}
}

// message is what is published.
type message struct {
	word                   string
	pattern, channel, text []byte // pattern only where word is pmessage
}

// size bounds the bytes that the message takes.
func (m *message) size() int { return len(m.pattern) + len(m.channel) + len(m.text) + messageFrame }

// append appends the message as that version of the protocol has it.
func (m *message) append(dst []byte, proto int) []byte {
	n := 3
	if m.pattern != nil {
		n = 4
	}
	dst = resp.AppendPush(dst, proto, n)
	dst = resp.AppendBulkString(dst, m.word)
	if m.pattern != nil {
		dst = resp.AppendBulk(dst, m.pattern)
	}
	dst = resp.AppendBulk(dst, m.channel)
	return resp.AppendBulk(dst, m.text)
}

// print is a message in one version of the protocol.
type print struct {
	bytes []byte
	blob  *arena.Blob // whose pins receivers need; nil if the bytes are the heap's
	loose bool        // the blob is the message's own
	held  int         // pins that receivers were promised
}

// print encodes m.
func (x *executor) print(m *message, proto int) print {
	var p print
	var room []byte
	n := m.size()
	if n > looseSize {
		if p.blob = arena.NewBlob(n); p.blob != nil {
			p.loose, room = true, p.blob.Bytes()
		}
	} else {
		t := &x.publisher.sheets[proto-resp.Proto2]
		if room, p.blob = t.take(n); p.blob != nil {
			p.bytes = m.append(room[:0], proto)
			t.used -= n - len(p.bytes)
			return p
		}
	}
	p.bytes = m.append(room[:0], proto)
	return p
}

// settle pins what the receivers hold, with one atomic addition.
func (p *print) settle() {
	if p.blob == nil {
		return
	}
	p.blob.PinTimes(p.held)
	if p.loose {
		p.blob.Discard()
	}
}

// post sends m to the receivers and returns how many these are.
func (x *executor) post(receivers []*session, m *message) int {
	var prints [2]print
	for _, s := range receivers {
		if s.Flags&(command.CloseAfterReply|command.CloseNow) != 0 {
			continue // it has got its last reply
		}
		p := &prints[s.Proto-resp.Proto2]
		if p.bytes == nil {
			*p = x.print(m, s.Proto)
		}
		if p.blob == nil {
			x.pusher(s).Raw(p.bytes)
		} else if x.pushShared(s, p.bytes, uint64(p.blob.Ref())) {
			p.held++
		}
	}
	prints[0].settle()
	prints[1].settle()
	return len(receivers)
}

// broadcast sends a message to all who want it, those of the channel first, and
// returns how many times it was sent.
func (x *executor) broadcast(k pubsub.Kind, channel, text []byte) int {
	topics := x.publisher.topics
	sent := 0
	if t := topics.Find(k, channel); t != nil {
		m := message{word: "message", channel: channel, text: text}
		if k == pubsub.Shards {
			m.word = "smessage"
		}
		sent = x.post(t.Receivers(), &m)
	}
	if k != pubsub.Channels || topics.Len(pubsub.Patterns) == 0 {
		return sent
	}
	matched := topics.Matching(channel, x.publisher.matched[:0])
	for i, t := range matched {
		m := message{word: "pmessage", pattern: t.Pattern(), channel: channel, text: text}
		sent += x.post(t.Receivers(), &m)
		matched[i] = nil
	}
	x.publisher.matched = matched
	return sent
}

// unsubscribe ends all subscriptions of a session.
func (x *executor) unsubscribe(s *session) {
	if s.topics != nil {
		x.publisher.topics.Drop(s.topics)
		x.recount(s)
	}
}

// recount brings what others see of a session's subscriptions up to date.
func (x *executor) recount(s *session) {
	t := s.topics
	s.Sub, s.PSub, s.SSub = t.Count(pubsub.Channels), t.Count(pubsub.Patterns), t.Count(pubsub.Shards)
	if s.Sub+s.PSub+s.SSub > 0 {
		if s.Flags&command.Subscribed == 0 {
			s.Flags |= command.Subscribed
			x.publisher.subscribers++
			s.conn.subscribed.Store(true)
		}
		return
	}
	if s.Flags&command.Subscribed != 0 {
		x.publisher.subscribers--
	}
	s.topics = nil
	s.Flags &^= command.Subscribed
	s.conn.subscribed.Store(false)
	p := &x.publisher
	if p.topics.Len(pubsub.Channels)+p.topics.Len(pubsub.Patterns)+p.topics.Len(pubsub.Shards) == 0 {
		p.sheets[0].drop()
		p.sheets[1].drop()
	}
}

// Subscribe implements command.Host.
func (s *Server) Subscribe(c *command.Client, k command.TopicKind, name []byte) {
	x, t := s.executor, c.Session.(*session)
	if t.topics == nil {
		t.topics = &pubsub.Subscriber[*session]{Owner: t}
	}
	x.publisher.topics.Subscribe(t.topics, pubsub.Kind(k), name)
	x.recount(t)
}

// Unsubscribe implements command.Host.
func (s *Server) Unsubscribe(c *command.Client, k command.TopicKind, name []byte) {
	x, t := s.executor, c.Session.(*session)
	if t.topics != nil && x.publisher.topics.Unsubscribe(t.topics, pubsub.Kind(k), name) {
		x.recount(t)
	}
}

// UnsubscribeOne implements command.Host.
func (s *Server) UnsubscribeOne(c *command.Client, k command.TopicKind) (name string, ok bool) {
	t := c.Session.(*session)
	if t.topics == nil || t.topics.Count(pubsub.Kind(k)) == 0 {
		return "", false
	}
	name = t.topics.First(pubsub.Kind(k))
	s.Unsubscribe(c, k, []byte(name))
	return name, true
}

// Publish implements command.Host.
func (s *Server) Publish(k command.TopicKind, channel, text []byte) int {
	return s.executor.broadcast(pubsub.Kind(k), channel, text)
}

// Topics implements command.Host.
func (s *Server) Topics(k command.TopicKind, f func(name string)) {
	s.executor.publisher.topics.Each(pubsub.Kind(k), func(t *pubsub.Topic[*session]) bool {
		f(t.Name())
		return true
	})
}

// TopicCount implements command.Host.
func (s *Server) TopicCount(k command.TopicKind) int {
	return s.executor.publisher.topics.Len(pubsub.Kind(k))
}

// Subscribers implements command.Host.
func (s *Server) Subscribers(k command.TopicKind, name []byte) int {
	if t := s.executor.publisher.topics.Find(pubsub.Kind(k), name); t != nil {
		return len(t.Receivers())
	}
	return 0
}

// Aside implements command.Host.
func (s *Server) Aside(c *command.Client) *resp.Writer {
	return s.executor.pusher(c.Session.(*session))
}
