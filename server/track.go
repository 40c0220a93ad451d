package server

import (
	"reflect"
	"slices"

	"basalt/command"
	"basalt/config"
	"basalt/db"
	"basalt/tracking"
)

// Client side caching. What clients with CLIENT TRACKING read is remembered by
// the names of the keys, whatever their database, and they are told when it
// changes, once: until they read it again. Clients in BCAST mode are told of
// all keys with their prefixes, once a round, whether they read them or not.

// track is the state of client side caching.
type track struct {
	clients  int   // with CLIENT TRACKING
	flushes  int64 // of all keys, while there were any
	table    *tracking.Table
	prefixes tracking.Prefixes[*session]
	// prefixCount is how many clients have, each its own.
	prefixCount int
	// key is what tell tells of; tell and tellEvicted are made once.
	key         []byte
	tell        func(id int64)
	tellEvicted func(key []byte, id int64)
	// own are the keys that the client whose command runs is to be told of, behind
	// the events of the command: their bytes, and where each ends; a flush of all
	// keys ends below zero.
	own     []byte
	ownEnds []int
	// Scratch of remember and broadcast.
	refs    []command.KeyRef
	keys    [][]byte
	all     broadcast
	without broadcast
}

func (x *executor) initTrack() {
	t := &x.track
	t.table = tracking.New(x.keys.Arena(), x.tracks)
	t.tell = func(id int64) { x.tellChanged(id, t.key) }
	t.tellEvicted = x.tellEvicted
}

// tracks reports whether the client of an id is told of what it read.
func (x *executor) tracks(id int64) bool {
	s := x.sessions.byID[id]
	return s != nil && s.Flags&(command.Tracking|command.TrackingBCast) == command.Tracking
}

// StartTracking implements command.Host.
func (s *Server) StartTracking(c *command.Client, o command.TrackingOptions) {
	x := s.executor
	t := &x.track
	if c.Flags&command.Tracking == 0 {
		if t.clients++; t.clients == 1 {
			x.watch(1)
		}
	}
	c.Flags = c.Flags&^(command.TrackingStates&^command.TrackingCaching) | command.Tracking | o.Modes
	c.Redirect = o.Redirect
	c.Session.(*session).flushes = t.flushes
	if o.Modes&command.TrackingBCast == 0 {
		return
	}
	n := c.Session.(*session)
	t.prefixCount -= len(n.prefixes)
	if len(o.Prefixes) == 0 && t.prefixes.Add(n, "") {
		n.prefixes = append(n.prefixes, "")
	}
	for _, p := range o.Prefixes {
		if text := string(p); t.prefixes.Add(n, text) {
			n.prefixes = append(n.prefixes, text)
		}
	}
	t.prefixCount += len(n.prefixes)
	slices.Sort(n.prefixes)
}

// prefixBytes is what a prefix of a client takes, as if it was short and nobody
// else had it.
var prefixBytes = int(reflect.TypeFor[string]().Size() + reflect.TypeFor[tracking.Prefix[*session]]().Size())

// StopTracking implements command.Host.
func (s *Server) StopTracking(c *command.Client) { s.executor.stopTracking(c.Session.(*session)) }

func (x *executor) stopTracking(s *session) {
	if s.Flags&command.Tracking == 0 {
		return
	}
	t := &x.track
	for _, text := range s.prefixes {
		t.prefixes.Remove(s, text)
	}
	t.prefixCount -= len(s.prefixes)
	s.prefixes = nil
	s.Flags &^= command.TrackingStates
	if t.clients--; t.clients == 0 {
		x.watch(-1)
		t.table.Flush() // there is nobody who could be told
	}
}

// TrackingPrefixes implements command.Host.
func (s *Server) TrackingPrefixes(c *command.Client) []string { return c.Session.(*session).prefixes }

// remember notes the keys that a command of s, which ran, has read.
func (x *executor) remember(s *session, row *command.Row, args [][]byte) {
	f := s.Flags
	if f&(command.Tracking|command.TrackingBCast) != command.Tracking || row.Flags&command.ReadOnly == 0 ||
		row.Group == command.GroupScripting || row.Group == command.GroupPubSub {
		return // a script's commands are remembered one by one
	}
	caching := f&command.TrackingCaching != 0
	if f&command.TrackingOptIn != 0 && !caching || f&command.TrackingOptOut != 0 && caching {
		return
	}
	t := &x.track
	refs, _ := row.AppendKeys(t.refs[:0], args)
	t.refs = refs[:0]
	for _, ref := range refs {
		key := args[ref.Index]
		if !t.table.Remember(key, db.Hash(key), s.ID) {
			x.invalidate(s, key)
		}
		// Who adds beyond the limit takes as much away.
		for n := 0; n < evictsPerKey && t.table.Over(); n++ {
			t.table.Evict(t.tellEvicted)
		}
	}
	if cap(t.refs) > refsKept {
		t.refs = nil
	}
}

const (
	// evictsPerKey is how many keys go for one that is remembered while the table
	// is over its limit. One would keep it as large as it is.
	evictsPerKey = 2
	// refsKept is the room for keys of a command that is kept for the next.
	refsKept = 1 << 10
)

// endCaching ends what CLIENT CACHING began, when a command of s other than
// that is done and no transaction is open. row is nil for a command that does
// not exist.
func endCaching(s *session, row *command.Row) {
	if s.Flags&command.InMulti == 0 && (row == nil || row.Container == nil || row.Container.Name != "client") {
		s.Flags &^= command.TrackingCaching
	}
}

// current returns the session whose command runs, nil if there is none.
func (x *executor) current() *session {
	if c := x.ctx.Client; c != nil {
		s, _ := c.Session.(*session)
		return s
	}
	return nil
}

// keyChanged tells those who track the key.
func (x *executor) keyChanged(key []byte) {
	t := &x.track
	if t.prefixes.Len() != 0 {
		by := x.current()
		if x.ctx.Expiring {
			by = nil
		}
		t.prefixes.Changed(key, by)
	}
	t.key = key
	t.table.Forget(key, db.Hash(key), t.tell)
}

// tellChanged tells the client of an id, which read the key, of its change.
func (x *executor) tellChanged(id int64, key []byte) {
	if !x.tracks(id) {
		return
	}
	s := x.sessions.byID[id]
	if s != x.current() {
		x.invalidate(s, key)
	} else if s.Flags&command.TrackingNoLoop == 0 {
		t := &x.track
		t.own = append(t.own, key...)
		t.ownEnds = append(t.ownEnds, len(t.own))
	}
}

// tellEvicted tells the client of an id that the key is not remembered any more.
func (x *executor) tellEvicted(key []byte, id int64) {
	if x.tracks(id) {
		x.invalidate(x.sessions.byID[id], key)
	}
}

// keysFlushed tells all who track anything that all keys are gone: in steps, but
// each of them before its next command.
func (x *executor) keysFlushed() {
	t := &x.track
	if t.clients == 0 {
		return
	}
	t.flushes++
	if s := x.current(); s != nil && s.Flags&command.Tracking != 0 {
		s.flushes = t.flushes
		t.ownEnds = append(t.ownEnds, -1)
	}
	t.table.Flush()
	x.sessions.flushing.next = x.sessions.head
	x.sessions.flushing.step(x.tellFlushed)
}

// tellFlushed tells a client that tracks of a flush that it has not heard of.
func (x *executor) tellFlushed(s *session) {
	if s.Flags&command.Tracking != 0 && s.flushes != x.track.flushes {
		s.flushes = x.track.flushes
		x.invalidate(s, nil)
	}
}

// tellOwn tells the client whose command ran of the keys that it changed itself.
func (x *executor) tellOwn(s *session) {
	t := &x.track
	from := 0
	for _, end := range t.ownEnds {
		if end < 0 {
			x.invalidate(s, nil)
			continue
		}
		x.invalidate(s, t.own[from:end])
		from = end
	}
	t.own, t.ownEnds = t.own[:0], t.ownEnds[:0]
	if cap(t.own) > textKept {
		t.own = nil
	}
	if cap(t.ownEnds) > refsKept {
		t.ownEnds = nil
	}
}

// trackStep does a slice of the work that tracking leaves behind, and reports
// whether more is left.
func (x *executor) trackStep() bool {
	if x.sessions.flushing.next != nil {
		x.sessions.flushing.step(x.tellFlushed)
		return true
	}
	t := x.track.table
	return (t.Dying() || t.Over()) && t.Step(sliceBudget, x.track.tellEvicted)
}

// applyTracking takes over tracking-table-max-keys.
func (x *executor) applyTracking(c *config.Config) { x.track.table.SetMax(int(c.TrackingTableMaxKeys)) }
