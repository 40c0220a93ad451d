package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/table"
	"basalt/db/wheel"
	"basalt/internal/invariants"
)

// DB is one numbered database. Its methods may be called by the keyspace's
// thread only.
type DB struct {
	keys  *Keyspace
	index int
	// expireNode is the callback of the timing wheel, made once.
	expireNode func(*wheel.Node)
	ahead      ahead // of Evict
	contents
}

// contents is what SWAPDB exchanges and FLUSHDB drops.
type contents struct {
	table table.Table
	wheel wheel.Wheel
	// volatile counts the keys with a deadline; ttlSum is the sum of their
	// ttlParts, for the average in INFO.
	volatile int
	ttlSum   int64
	// id names the contents, wherever SWAPDB puts them. It is never 0 and never
	// used again.
	id uint64
	// savedAs is 1 more than the number of the database that a snapshot which
	// has yet to go through the contents tells them under; 0 if there is none.
	savedAs int32
}

func newDB(k *Keyspace, index int) *DB {
	d := &DB{keys: k, index: index}
	d.expireNode = d.removeDue
	d.reset()
	return d
}

func (d *DB) reset() {
	d.keys.lastID++
	d.contents = contents{id: d.keys.lastID}
	d.table.Init(d.keys.space())
	d.wheel.Init(d.keys.arena, d.keys.now)
}

// Index returns the database's number.
func (d *DB) Index() int { return d.index }

// Len returns the number of keys, expired ones that nobody met yet included.
func (d *DB) Len() int { return d.table.Len() }

// Volatile returns the number of keys with a deadline.
func (d *DB) Volatile() int { return d.volatile }

// AverageTTL returns the mean time to live of the volatile keys in ms.
func (d *DB) AverageTTL() int64 {
	if d.volatile == 0 {
		return 0
	}
	return max(0, ttlEpoch+d.ttlSum/int64(d.volatile)<<ttlShift-d.keys.now)
}

// Prefetch starts loading the bucket in which a key with this hash would be, and
// what is remembered of it should it have been evicted.
func (d *DB) Prefetch(hash uint64) {
	d.table.Prefetch(hash)
	d.keys.frequencies.ghosts.prefetch(hash)
}

// PrefetchEntry starts loading the entry itself; its bucket should be there by
// now.
func (d *DB) PrefetchEntry(hash uint64) { d.table.PrefetchEntry(hash) }

// PrefetchValue starts loading what the first entry that may have this hash
// refers to, if that is a collection. The entry itself should be there by now.
func (d *DB) PrefetchValue(hash uint64) {
	if r := d.table.First(hash); r != 0 {
		if e := entryAt(r); e.encoding() >= encPack {
			arena.Prefetch(arena.Ref(*e.slot() & (1<<arena.RefBits - 1)).Ptr())
		}
	}
}

// find returns the entry of key, expired or not, and its place in the table.
func (d *DB) find(key []byte, hash uint64) (*Entry, table.Probe) {
	if invariants.Enabled {
		d.keys.owner.Assert()
	}
	p := d.table.Find(hash)
	for {
		r := p.Next()
		if r == 0 {
			return nil, p
		}
		if e := entryAt(r); e.keyIs(key) {
			return e, p
		}
	}
}

// locate returns the place of e, whose key has that hash, in the table. The
// bucket was visited to find e, so this costs next to nothing.
func (d *DB) locate(hash uint64, e *Entry) table.Probe {
	p := d.table.Find(hash)
	for ref := e.ref(); ; {
		switch p.Next() {
		case ref:
			return p
		case 0:
			panic("BUG: db: entry is not in its table")
		}
	}
}

// Peek returns the entry of key, whose Hash is hash, or nil. An expired key is
// removed when it is met, here as in all other lookups, unless the keyspace is
// on Hold; nothing else leaves a trace.
func (d *DB) Peek(key []byte, hash uint64) *Entry {
	if r := d.table.First(hash); r != 0 {
		if e := entryAt(r); e.flags&(flagDeadline|flagLongKey) == 0 && e.keyIs(key) {
			return e
		}
	}
	return d.peek(key, hash)
}

// peek is Peek for the keys that are not the first of their bucket, have a
// deadline or are not there.
func (d *DB) peek(key []byte, hash uint64) *Entry {
	e, p := d.find(key, hash)
	if e != nil && e.hasDeadline() && d.due(e) {
		if !d.keys.Hold {
			d.expire(e, &p)
		}
		return nil
	}
	return e
}

// Entry returns the entry of key, whose Hash is hash, or nil. Unlike Peek it
// removes nothing, and returns what has expired and nobody has met since.
func (d *DB) Entry(key []byte, hash uint64) *Entry {
	e, _ := d.find(key, hash)
	return e
}

// Presence is whether a key is there, as a lookup that leaves it alone sees it.
type Presence uint8

const (
	// Absent: there is no such key.
	Absent Presence = iota
	// Present: there is one.
	Present
	// Expired: its time is over, and nobody has met it since.
	Expired
)

// Presence returns whether key, whose Hash is hash, is there. Unlike Peek it
// removes nothing.
func (d *DB) Presence(key []byte, hash uint64) Presence {
	e := d.Entry(key, hash)
	switch {
	case e == nil:
		return Absent
	case e.hasDeadline() && d.due(e):
		return Expired
	}
	return Present
}

// due reports whether the deadline of e, which has one, has passed. As in
// Redis the millisecond of the deadline itself still counts as life.
func (d *DB) due(e *Entry) bool { return e.node().Deadline() < d.keys.now && !d.keys.Replay }

// LookupRead is Peek for commands that read: it counts a hit or a miss; touch
// refreshes the access bits.
func (d *DB) LookupRead(key []byte, hash uint64, touch bool) *Entry {
	e := d.Peek(key, hash)
	if e == nil {
		d.keys.Misses++
		if d.keys.OnRead != nil {
			d.keys.OnRead(key, false)
		}
		if d.keys.OnMiss != nil {
			d.keys.OnMiss(d, key)
		}
		return nil
	}
	d.keys.Hits++
	if d.keys.OnRead != nil {
		d.keys.OnRead(key, true)
	}
	if touch {
		d.keys.touch(e)
	}
	return e
}

// LookupWrite is LookupRead for commands that write: it counts nothing.
func (d *DB) LookupWrite(key []byte, hash uint64, touch bool) *Entry {
	e := d.Peek(key, hash)
	if e != nil && touch {
		d.keys.touch(e)
	}
	return e
}

// Delete removes key and reports whether it was there.
func (d *DB) Delete(key []byte, hash uint64) bool {
	e, p := d.find(key, hash)
	if e == nil {
		return false
	}
	if e.hasDeadline() && d.due(e) {
		d.expire(e, &p)
		return false
	}
	d.remove(e, &p)
	return true
}

// Drop is Delete for a key that nothing is stored under in place of what was
// there: one whose time is over is deleted like any other, and counts as there.
func (d *DB) Drop(key []byte, hash uint64) bool {
	e, p := d.find(key, hash)
	if e == nil {
		return false
	}
	d.remove(e, &p)
	return true
}

// Vacate deletes key for a value of another kind that is stored under it next:
// the key is not a new one then.
func (d *DB) Vacate(key []byte, hash uint64) { d.keys.vacated = d.Delete(key, hash) }

// Remove deletes e, which a lookup by a key with that hash has just returned.
func (d *DB) Remove(hash uint64, e *Entry) {
	p := d.locate(hash, e)
	d.remove(e, &p)
}

// remove takes e out of table and wheel and frees it.
func (d *DB) remove(e *Entry, p *table.Probe) {
	d.change(e)
	p.Remove()
	d.dropDeadline(e)
	d.keys.free(e)
}

// expire removes e because its deadline has passed.
func (d *DB) expire(e *Entry, p *table.Probe) {
	d.keys.noteExpired(d, e)
	d.remove(e, p)
}

// removeDue is called by the wheel, which has let go of the node already.
func (d *DB) removeDue(n *wheel.Node) {
	e := entryOfNode(n)
	d.change(e)
	d.keys.noteExpired(d, e)
	p := d.locate(Hash(e.Key()), e)
	p.Remove()
	d.forgetDeadline(n.Deadline())
	d.keys.free(e)
}

// lateMaxMs is how late a key is counted to be. A deadline that has passed for
// longer had passed when the key was stored, or loaded from a file.
const lateMaxMs = 60_000

func (k *Keyspace) noteExpired(d *DB, e *Entry) {
	k.Expired++
	if late := k.now - e.node().Deadline() - 1; late > 0 && late < lateMaxMs {
		k.ExpiredLateMs += late
		k.ExpiredLatestMs = max(k.ExpiredLatestMs, late)
	}
	if k.OnExpire != nil {
		k.OnExpire(d, e.Key())
	}
}

// free returns the memory of an entry that is in no table and no wheel.
func (k *Keyspace) free(e *Entry) {
	k.dropValue(e)
	k.freeShell(e)
}

// freeShell frees the entry without what its slot refers to.
func (k *Keyspace) freeShell(e *Entry) {
	k.checkSaved(e)
	k.arena.Free(unsafe.Pointer(e), e.size(), arena.Keyspace)
}

// insert puts an entry whose key is absent into table and wheel.
func (d *DB) insert(hash uint64, e *Entry, deadline int64) {
	if e.hasDeadline() {
		d.armDeadline(e, deadline)
	}
	d.table.Insert(d.keys.space(), hash, e.ref())
	if d.keys.Policy.Access == ByFrequency {
		d.keys.recall(hash, e)
	}
	if d.keys.OnNew != nil && d != d.keys.nursery && !d.keys.vacated {
		d.keys.OnNew(d, e.Key())
	}
	d.keys.vacated = false
}

// Random returns a random key that has not expired, or nil for an empty
// database.
func (d *DB) Random() *Entry {
	for d.table.Len() > 0 {
		e := entryAt(d.table.Random(random))
		if !e.hasDeadline() || !d.due(e) {
			return e
		}
		p := d.locate(Hash(e.Key()), e)
		d.expire(e, &p)
	}
	return nil
}

// Scan calls f for the entries of the next buckets behind cursor and returns
// the cursor to go on with, 0 at the end. Entries that stay for the whole scan
// are seen at least once, whatever comes and goes meanwhile. Expired ones are
// left out. f must not change the database.
func (d *DB) Scan(cursor uint64, f func(*Entry)) uint64 {
	return d.table.Scan(cursor, func(r arena.Ref) {
		if e := entryAt(r); !e.hasDeadline() || !d.due(e) {
			f(e)
		}
	})
}

// Each calls f for every entry that has not expired until f returns false. f
// must not change the database. It takes as long as there are keys.
func (d *DB) Each(f func(*Entry) bool) {
	more := true
	for cursor := uint64(0); more; {
		cursor = d.Scan(cursor, func(e *Entry) { more = more && f(e) })
		if cursor == 0 {
			return
		}
	}
}
