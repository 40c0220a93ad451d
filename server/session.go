package server

import (
	"basalt/command"
	"basalt/pubsub"
)

// session is the executor's half of a connection. Only the executor touches
// it.
type session struct {
	command.Client
	conn *conn
	// suspended is the batch whose rest waits until the client is not blocked
	// or paused any more.
	suspended *batch
	// wait is why the client is blocked; nil if it is not.
	wait *wait
	// batch is the one whose replies the session's next bytes come behind: its
	// commands are being run. nil while there is none, or it is suspended.
	batch *batch
	// tx is the transaction that is being queued, nil outside one.
	tx *transaction
	// queuedBytes is the memory that its queue takes.
	queuedBytes int
	// watched are the keys that it watches.
	watched []*watch
	// push collects bytes that answer no batch until the end of the round.
	push *batch
	// topics is what it subscribed to; nil for nothing.
	topics *pubsub.Subscriber[*session]
	// prefixes are those of the keys that it is told of in BCAST mode, in order.
	prefixes []string
	// flushes is the last flush of all keys that it was told of, or that was when
	// it began to track; see track.
	flushes int64
	// held is how many batches wait for the disk.
	held int
	// gone is set when the reactor said that the connection is closed.
	gone bool
	// leaving is set when it was told to go because the server ends.
	leaving       bool
	netIn, netOut int64

	// prev and next keep all sessions in the order of their ids.
	prev, next *session
}

// halted says whether commands of the connection must not run now.
func (s *session) halted() bool {
	return s.suspended != nil || s.Flags&(command.CloseAfterReply|command.CloseNow) != 0
}

// sessions is all connections, found by id and in the order of ids.
type sessions struct {
	byID       map[int64]*session
	head, tail *session
	lastID     int64
	// evicting and flushing walk over all of them in steps.
	evicting, flushing walk
}

// walk is a way over all sessions, those that come meanwhile included.
type walk struct{ next *session }

// walkStep is how many sessions are looked at in one go: about 50 µs.
const walkStep = 500

// step hands the next sessions to each, and reports whether there are more.
func (w *walk) step(each func(*session)) bool {
	for range walkStep {
		s := w.next
		if s == nil {
			return false
		}
		w.next = s.next
		each(s)
	}
	return w.next != nil
}

func newSessions() sessions { return sessions{byID: make(map[int64]*session)} }

func (l *sessions) add(s *session) {
	l.lastID++
	s.ID = l.lastID
	l.byID[s.ID] = s
	s.prev = l.tail
	if l.tail == nil {
		l.head = s
	} else {
		l.tail.next = s
	}
	l.tail = s
}

func (l *sessions) remove(s *session) {
	delete(l.byID, s.ID)
	for _, w := range [...]*walk{&l.evicting, &l.flushing} {
		if w.next == s {
			w.next = s.next
		}
	}
	if s.prev == nil {
		l.head = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		l.tail = s.prev
	} else {
		s.next.prev = s.prev
	}
}
