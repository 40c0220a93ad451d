// Package db is the keyspace: numbered databases of entries that live outside
// the Go heap. It knows nothing of protocol, clients or files; the caller owns
// the clock and calls from one thread only.
//
// A view ([]byte) or *Entry that a method returns dies with the next change of
// the keyspace. What is handed in is copied; nothing is kept.
package db

import (
	"hash/maphash"
	"math/rand/v2"
	"time"

	"basalt/db/arena"
	"basalt/db/table"
	"basalt/db/wheel"
	"basalt/internal/invariants"
)

var seed = maphash.MakeSeed()

// Hash returns the hash of a key by which all databases find it. It is seeded
// anew in each process, so that nobody can aim at one bucket.
func Hash(key []byte) uint64 { return maphash.Bytes(seed, key) }

// Keyspace is all databases of a node with what they share.
type Keyspace struct {
	// Policy says what the access bits of entries mean.
	Policy AccessPolicy
	// Dirty counts changes; whoever saves the data reads it.
	Dirty int64
	// Counters of INFO stats.
	Hits, Misses, Expired, Evicted int64
	// LazyFreed counts keys and large values that were freed in slices.
	LazyFreed int64
	// ExpiredLateMs is by how many ms in all the keys went later than their
	// deadlines, ExpiredLatestMs the most by which one did. Deadlines that had
	// passed long before are left out.
	ExpiredLateMs, ExpiredLatestMs int64
	// ActiveExpire turns timely expiry on; without it keys expire when they
	// are met.
	ActiveExpire bool
	// Hold leaves expired keys where they are: lookups do not find them, but
	// nothing is removed. Who inserts meanwhile deletes the key first, as Delete
	// removes it all the same.
	Hold bool
	// Replay says that commands of a log are executed again: no deadline has
	// passed, however late it is, for the log says what expired.
	Replay bool
	// Limits are the sizes up to which collections are packed.
	Limits Limits
	// OnExpire, if set, is told of each key that expired, before it is freed.
	OnExpire func(d *DB, key []byte)
	// OnRead, if set, is told of each look-up that counts as a hit or a miss.
	OnRead func(key []byte, hit bool)
	// OnEvict is the same for each key that is evicted.
	OnEvict func(d *DB, key []byte)
	// OnFieldExpire, if set, is told of each field of a hash that expired,
	// before it is freed; last says that its key goes with it, and with the key
	// fields that it may not have been told of.
	OnFieldExpire func(d *DB, key, field []byte, last bool)
	// OnMiss, if set, is told of each key that was looked up for reading and is
	// not there, OnNew of each that a command makes, before its other events.
	OnMiss, OnNew func(d *DB, key []byte)
	// ExpiredFields is the counter of those.
	ExpiredFields int64

	vacated bool // Vacate deleted the key that is inserted next
	arena   *arena.Arena
	owner   invariants.Owner
	dbs     []*DB
	// nursery is where values from outside are made; nil until it is needed.
	nursery *DB
	dying   []dying
	queued  int // keys and large values in dying
	// expiring is the database that Expire begins with next, or their number for
	// the fields, so that none waits behind one in which more expires than there
	// is time for.
	expiring int
	// fieldWheel has the deadlines of the fields of all hashes, those included
	// that are dying. It belongs to no database, so that SWAPDB, MOVE and
	// RENAME need not touch the fields.
	fieldWheel  wheel.Wheel
	expireField func(*wheel.Node) // its callback, made once
	frequencies frequencies
	candidates  candidates
	compaction  compaction
	evictFrom   int         // database that evictAny took from last
	lastID      uint64      // contents.id given last
	drawn       []arena.Ref // scratch of random draws without repetition

	now   int64  // Unix time in ms
	clock uint32 // now in seconds, 24 bits
	// epoch is 0 or all ones; snap is the snapshot that runs. See snapshot.go.
	epoch      uint8
	snap       *snapshot
	snapLimits snapLimits
	// scratch holds an element that moves within its list.
	scratch []byte
}

// New returns a keyspace of count databases whose clock stands at nowMs, a
// Unix time in ms.
func New(count int, nowMs int64) *Keyspace {
	k := &Keyspace{arena: arena.New(), ActiveExpire: true, Limits: DefaultLimits(), snapLimits: defaultSnapLimits}
	k.compaction.limits = defaultCompactLimits
	k.SetNow(nowMs)
	k.fieldWheel.Init(k.arena, nowMs)
	k.expireField = k.removeDueField
	k.dbs = make([]*DB, count)
	for i := range k.dbs {
		k.dbs[i] = newDB(k, i)
	}
	return k
}

// Claim makes the calling OS thread the only one that may touch the keyspace;
// invariant builds assert it.
func (k *Keyspace) Claim() { k.owner.Claim() }

// SetNow moves the clock, a Unix time in ms. Deadlines are judged by it until
// the next call.
func (k *Keyspace) SetNow(nowMs int64) {
	k.now = nowMs
	k.clock = uint32(nowMs/1000) & accessMask
}

// Now returns the clock, a Unix time in ms.
func (k *Keyspace) Now() int64 { return k.now }

// Passed reports whether a key that is made to expire at a Unix time in ms has
// to go at once.
func (k *Keyspace) Passed(deadline int64) bool { return deadline <= k.now && !k.Replay }

// Count returns the number of databases.
func (k *Keyspace) Count() int { return len(k.dbs) }

// DB returns the database of that number, which has to exist.
func (k *Keyspace) DB(index int) *DB { return k.dbs[index] }

// Arena returns the memory that the keyspace lives in.
func (k *Keyspace) Arena() *arena.Arena { return k.arena }

// Len returns the keys of all databases.
func (k *Keyspace) Len() int {
	n := 0
	for _, d := range k.dbs {
		n += d.Len()
	}
	return n
}

// Swap exchanges the contents of two databases.
func (k *Keyspace) Swap(i, j int) {
	if i == j {
		return
	}
	a, b := k.dbs[i], k.dbs[j]
	a.contents, b.contents = b.contents, a.contents
}

// Expire removes keys whose deadline has passed, for at most budget. It
// reports whether it got to the end. Deadlines come from timing wheels, so the
// cost is that of what expires.
func (k *Keyspace) Expire(budget time.Duration) bool {
	if !k.ActiveExpire || k.Replay {
		return true
	}
	const batch = 64
	start := time.Now()
	for range len(k.dbs) + 1 {
		// Behind the databases it is the turn of the fields.
		w, expire := &k.fieldWheel, k.expireField
		if k.expiring < len(k.dbs) {
			d := k.dbs[k.expiring]
			w, expire = &d.wheel, d.expireNode
		}
		k.expiring = (k.expiring + 1) % (len(k.dbs) + 1)
		if w.Len() == 0 {
			continue
		}
		for !w.Advance(k.now-1, batch, expire) {
			if time.Since(start) > budget {
				return false
			}
		}
	}
	return true
}

// NextDeadline returns a Unix time in ms before which Expire has nothing to do,
// and whether there is one at all.
func (k *Keyspace) NextDeadline() (int64, bool) {
	if !k.ActiveExpire || k.Replay {
		return 0, false
	}
	first, any := int64(0), false
	for _, d := range k.dbs {
		if d.volatile == 0 {
			continue
		}
		if t, ok := d.wheel.Next(k.now); ok && (!any || t < first) {
			first, any = t, true
		}
	}
	if k.fieldWheel.Len() != 0 {
		if t, ok := k.fieldWheel.Next(k.now); ok && (!any || t < first) {
			first, any = t, true
		}
	}
	return first + 1, any // see DB.due
}

// ExpireLag returns by how many ms the most overdue key or field is late.
func (k *Keyspace) ExpireLag() int64 {
	lag := int64(0)
	for _, d := range k.dbs {
		if d.volatile != 0 {
			lag = max(lag, d.wheel.Lag(k.now))
		}
	}
	if k.fieldWheel.Len() != 0 {
		lag = max(lag, k.fieldWheel.Lag(k.now))
	}
	return lag
}

// Rehash lets tables grow or shrink a little more towards their size. It
// reports whether work is left.
func (k *Keyspace) Rehash(steps int) bool {
	more := false
	for _, d := range k.dbs {
		if d.table.Step(k.space(), steps) {
			more = true
		}
	}
	return more
}

// Reclaim frees what was flushed or deleted in bulk, and gives memory back to
// the system, for at most budget. It reports whether work is left. What a
// snapshot has yet to be told of is left to SnapshotStep.
func (k *Keyspace) Reclaim(budget time.Duration) bool {
	start := time.Now()
	for len(k.dying) > 0 {
		done, freed := k.drain(k.dying[0])
		k.queued -= freed
		if done {
			k.dying[0] = nil
			k.dying = k.dying[1:]
		}
		if time.Since(start) > budget {
			return true
		}
	}
	k.dying = nil
	return !k.arena.Purge(max(0, budget-time.Since(start)))
}

// Dying returns the number of keys and large values that were dropped and wait
// for Reclaim. Those that wait for a snapshot are not among them.
func (k *Keyspace) Dying() int { return k.queued }

// Stats returns the state of the table of database index, for INFO, metrics
// and DEBUG HTSTATS.
func (k *Keyspace) Stats(index int) table.Stats { return k.dbs[index].table.Stats() }

func (k *Keyspace) space() table.Space { return table.Space{Arena: k.arena, Kind: &entryKind} }

var entryKind = table.Kind{
	Hash:    func(r arena.Ref) uint64 { return Hash(entryAt(r).Key()) },
	Purpose: arena.Table,
}

func random() uint64 { return rand.Uint64() }
