package server

import (
	"reflect"

	"basalt/command"
	"basalt/db"
	"basalt/pubsub"
)

// WATCH: a client that watches keys is marked when one of them changes, and its
// next EXEC fails. A marked client watches nothing any more, so that a key that
// changes often costs once.

// watch is one key that one client watches.
type watch struct {
	session *session
	key     *watchedKey
	index   int // in key.watches
	// expired says that the time of the key was over when it was watched: that
	// it goes away then is no change.
	expired bool
}

// watchedKey is a key that clients watch.
type watchedKey struct {
	db      int
	name    string
	hash    uint64
	watches []*watch
}

// watchBytes is what a watch takes with the two places it stands in, and its key,
// as if nobody else watched that.
var watchBytes = int(reflect.TypeFor[watch]().Size() + 2*reflect.TypeFor[*watch]().Size() + reflect.TypeFor[watchedKey]().Size())

// standingBytes is what s has beside its buffers and its queue: what it watches,
// subscribed to, and is told of.
func (s *session) standingBytes() int {
	n := len(s.watched)*watchBytes + len(s.prefixes)*prefixBytes
	if s.topics != nil {
		n += s.topics.Subscriptions() * pubsub.SubscriptionBytes
	}
	return n
}

// watchedKeys is all of them, by database.
type watchedKeys struct {
	count   int // watches
	clients int // that watch
	keys    []map[string]*watchedKey
}

// find returns the key of that name, nil if nobody watches it.
func (w *watchedKeys) find(number int, name []byte) *watchedKey {
	if number >= len(w.keys) {
		return nil
	}
	return w.keys[number][string(name)]
}

// add returns the key of that name.
func (w *watchedKeys) add(number int, name []byte) *watchedKey {
	for len(w.keys) <= number {
		w.keys = append(w.keys, nil)
	}
	if w.keys[number] == nil {
		w.keys[number] = make(map[string]*watchedKey)
	}
	k := w.keys[number][string(name)]
	if k == nil {
		k = &watchedKey{db: number, name: string(name), hash: db.Hash(name)}
		w.keys[number][k.name] = k
	}
	return k
}

// Watch implements command.Host.
func (s *Server) Watch(keys [][]byte) {
	x := s.executor
	d := x.ctx.DB
	c := x.ctx.Client.Session.(*session)
	for _, name := range keys {
		k := x.watched.add(d.Index(), name)
		if k.watchedBy(c) {
			continue
		}
		w := &watch{session: c, key: k, index: len(k.watches), expired: d.Presence(name, k.hash) == db.Expired}
		k.watches = append(k.watches, w)
		if len(c.watched) == 0 {
			x.watched.clients++
		}
		c.watched = append(c.watched, w)
		x.watched.count++
		x.watch(1)
	}
}

// watchedBy reports whether c watches k. It looks through the shorter list.
func (k *watchedKey) watchedBy(c *session) bool {
	list := k.watches
	if len(c.watched) < len(list) {
		list = c.watched
	}
	for _, w := range list {
		if w.session == c && w.key == k {
			return true
		}
	}
	return false
}

// Unwatch implements command.Host.
func (s *Server) Unwatch(c *command.Client) { s.executor.unwatch(c.Session.(*session)) }

// unwatch forgets what s watches, and that it has changed.
func (x *executor) unwatch(s *session) {
	s.Flags &^= command.DirtyCAS
	x.forgetWatches(s)
}

func (x *executor) forgetWatches(s *session) {
	for i, w := range s.watched {
		s.watched[i] = nil
		k := w.key
		last := len(k.watches) - 1
		k.watches[w.index] = k.watches[last]
		k.watches[w.index].index = w.index
		k.watches[last] = nil
		k.watches = k.watches[:last]
		if last == 0 {
			delete(x.watched.keys[k.db], k.name)
		}
	}
	if len(s.watched) != 0 {
		x.watched.clients--
	}
	x.watched.count -= len(s.watched)
	x.watch(-len(s.watched))
	s.watched = nil
}

// spoil marks a client: its next EXEC fails.
func (x *executor) spoil(s *session) {
	s.Flags |= command.DirtyCAS
	x.forgetWatches(s)
}

// touchWatched is told that a key of d has changed.
func (x *executor) touchWatched(d *db.DB, name []byte) {
	k := x.watched.find(d.Index(), name)
	if k == nil {
		return
	}
	gone := d.Presence(name, k.hash) != db.Present
	for i := len(k.watches) - 1; i >= 0; i-- {
		w := k.watches[i]
		if w.expired && gone {
			w.expired = false
			continue
		}
		x.spoil(w.session) // takes w out of the list, and others behind it at most
	}
}

// watchedExpired reports whether a key that s watches has expired since, and
// nobody has met it yet.
func (x *executor) watchedExpired(s *session) bool {
	for _, w := range s.watched {
		if !w.expired && x.keys.DB(w.key.db).Presence([]byte(w.key.name), w.key.hash) == db.Expired {
			return true
		}
	}
	return false
}

// Flushing implements command.Host.
func (s *Server) Flushing(d *db.DB) {
	x := s.executor
	x.keysFlushed()
	for i := range x.keys.Count() {
		if one := x.keys.DB(i); d == nil || one == d {
			x.replaceWatched(one, nil)
		}
	}
}

// Swapping implements command.Host.
func (s *Server) Swapping(a, b *db.DB) {
	if a == b {
		return
	}
	s.executor.replaceWatched(a, b)
	s.executor.replaceWatched(b, a)
}

// replaceWatched is called before the keys of d are replaced with those of by,
// or with none if by is nil.
func (x *executor) replaceWatched(d, by *db.DB) {
	if d.Index() >= len(x.watched.keys) {
		return
	}
	for _, k := range x.watched.keys[d.Index()] {
		name := []byte(k.name)
		before, after := d.Presence(name, k.hash), db.Absent
		if by != nil {
			after = by.Presence(name, k.hash)
		}
		if before == db.Absent && after == db.Absent {
			continue
		}
		for i := len(k.watches) - 1; i >= 0; i-- {
			switch w := k.watches[i]; {
			case w.expired && after == db.Absent:
				w.expired = false
			case w.expired && after == db.Expired:
			case before == db.Absent && after == db.Expired:
				w.expired = true
			default:
				x.spoil(w.session)
			}
		}
	}
}
