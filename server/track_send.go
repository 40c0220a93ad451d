package server

import (
	"basalt/command"
	"basalt/db/arena"
	"basalt/resp"
	"basalt/tracking"
)

const (
	// invalidatePush begins what clients of RESP3 are told, invalidateMessage
	// what those of RESP2 are told in place of others. An array of keys follows.
	invalidatePush    = ">2\r\n$10\r\ninvalidate\r\n"
	invalidateMessage = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n"
)

// receiver returns the session that is told in place of s, or s itself, and
// whether it is told in RESP2, by a message; nil if it cannot be told.
func (x *executor) receiver(s *session) (to *session, message bool) {
	to = s
	if s.Redirect > 0 {
		to = x.sessions.byID[s.Redirect]
		if to == nil || to.Flags&(command.CloseAfterReply|command.CloseNow) != 0 {
			x.redirectBroken(s)
			return nil, false
		}
	}
	switch {
	case to.gone || to.Flags&(command.CloseAfterReply|command.CloseNow) != 0:
		return nil, false
	case to.Proto == resp.Proto3:
		return to, false
	case s.Redirect > 0 && to.Flags&command.Subscribed != 0:
		return to, true
	}
	// Whoever speaks RESP2 and does not subscribe cannot be told.
	return nil, false
}

// redirectBroken tells s that nobody is there to be told in its place.
func (x *executor) redirectBroken(s *session) {
	s.Flags |= command.TrackingBroken
	if s.Proto != resp.Proto3 {
		return
	}
	w := x.pusher(s)
	w.Push(2)
	w.BulkString("tracking-redir-broken")
	w.Int(s.Redirect)
}

// invalidate tells s, or the client that it redirects to, that the key changed;
// nil says that all keys did.
func (x *executor) invalidate(s *session, key []byte) {
	to, message := x.receiver(s)
	if to == nil {
		return
	}
	w := x.pusher(to)
	if message {
		w.Raw([]byte(invalidateMessage))
	} else {
		w.Raw([]byte(invalidatePush))
	}
	if key == nil {
		w.Null()
		return
	}
	w.Array(1)
	w.Bulk(key)
}

// broadcast is an invalidation of several keys, encoded once for all who get
// the same: invalidatePush and the array of keys.
type broadcast struct {
	text []byte
	// blob holds the same where it is worth to be shared, else it is nil.
	blob *arena.Blob
}

const (
	// sharedMin is from how many bytes on a message for several is shared rather
	// than copied to each: memory of its own takes a page and a lock.
	sharedMin = 4 << 10
	// textKept is the memory for a message that is kept for the next one.
	textKept = 64 << 10
)

// encode makes m the message of these keys.
func (m *broadcast) encode(keys [][]byte, shared bool) {
	m.text = append(m.text[:0], invalidatePush...)
	m.text = resp.AppendArray(m.text, len(keys))
	for _, key := range keys {
		m.text = resp.AppendBulk(m.text, key)
	}
	if !shared || len(m.text) < sharedMin {
		return
	}
	if m.blob = arena.NewBlob(len(m.text)); m.blob != nil {
		copy(m.blob.Bytes(), m.text)
	}
}

// release gives up the memory of m but for what is kept.
func (m *broadcast) release() {
	if m.blob != nil {
		m.blob.Discard()
		m.blob = nil
	}
	m.text = m.text[:0]
	if cap(m.text) > textKept {
		m.text = nil
	}
}

// pushBroadcast sends m to s, in RESP2 as a message.
func (x *executor) pushBroadcast(s *session, m *broadcast, message bool) {
	from := 0
	if message {
		x.pusher(s).Raw([]byte(invalidateMessage))
		from = len(invalidatePush)
	}
	if m.blob == nil {
		x.pusher(s).Raw(m.text[from:])
		return
	}
	if x.pushShared(s, m.blob.Bytes()[from:], uint64(m.blob.Ref())) {
		m.blob.Pin()
	}
}

// sendBroadcasts tells the clients in BCAST mode what changed in this round.
func (x *executor) sendBroadcasts() {
	t := &x.track
	t.prefixes.Round(func(p *tracking.Prefix[*session]) {
		clients := p.Clients()
		t.keys = t.prefixes.AppendKeys(t.keys[:0], p, nil)
		count := len(t.keys)
		t.all.encode(t.keys, len(clients) > 1)
		for _, s := range clients {
			m := &t.all
			if s.Flags&command.TrackingNoLoop != 0 {
				t.keys = t.prefixes.AppendKeys(t.keys[:0], p, s)
				if len(t.keys) == 0 {
					continue
				}
				if len(t.keys) < count {
					m = &t.without
					m.encode(t.keys, false)
				}
			}
			if to, message := x.receiver(s); to != nil {
				x.pushBroadcast(to, m, message)
			}
		}
		t.all.release()
		t.without.release()
	})
	if cap(t.keys) > refsKept {
		t.keys = nil
	}
	clear(t.keys[:cap(t.keys)])
}
