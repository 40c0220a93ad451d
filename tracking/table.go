// Package tracking remembers what client side caching needs: which clients
// have read a key, and which want to hear of all keys with a prefix. It knows
// clients by their numbers or as values of any kind, and nothing of how they
// are told.
//
// # The table
//
// A key that somebody read is one entry outside the Go heap: twice 8 bytes, and
// the key. Most keys are read by one client, whose number stands in the entry.
// Where there are more, the entry refers to a block of numbers in ascending
// order, which are found by halving.
//
//	key length 40 bits, clients 24 bits | the client, or block and log2 of its room | key
//
// A key of 16 bytes that one client read takes 42 bytes, the table included.
//
// The number of a client that goes away stays where it is: numbers are never
// used again. It goes with the entry, or when the block is full, which is when
// those who are gone are looked for. So a block has room for less than three times the
// clients that were there at one time, however many came and went.
package tracking

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"
	"unsafe"

	"basalt/db"
	"basalt/db/arena"
	"basalt/db/table"
)

const (
	// KeyMax is the length in bytes of the longest key that is remembered. Who
	// reads a longer one is better told at once that it changed.
	KeyMax = 1 << 20
	// bytesPerKey bounds the memory of a table together with the number of its
	// keys: names of keys that do not exist can be read as well, and cost their
	// sender nothing.
	bytesPerKey = 1 << 10
	// bytesMin is the memory that a table may have however few keys it may hold.
	bytesMin = 4 << 20
)

// Table is the keys that clients have read. It belongs to the thread that owns
// its arena.
type Table struct {
	arena *arena.Arena
	// alive reports whether the client of a number is still to be told.
	alive func(id int64) bool
	live  table.Table
	items int
	bytes int // of entries and blocks
	max   int // keys; 0 is no limit
	dying []*table.Table
	ids   []uint64 // scratch
}

// entry is the head of what is remembered of a key, whose bytes follow.
type entry struct {
	size uint64
	ids  uint64
}

const (
	entryHead = int(unsafe.Sizeof(entry{}))
	keyBits   = 40
	keyMask   = 1<<keyBits - 1
	idsMax    = 1<<(64-keyBits) - 1
	refMask   = 1<<arena.RefBits - 1
)

var kind = table.Kind{
	Hash:    func(r arena.Ref) uint64 { return db.Hash(entryAt(r).key()) },
	Purpose: arena.Tracking,
}

// New returns an empty table without a limit in a. alive reports whether the
// client of a number is still to be told of changes.
func New(a *arena.Arena, alive func(id int64) bool) *Table { return &Table{arena: a, alive: alive} }

func entryAt(r arena.Ref) *entry { return (*entry)(r.Ptr()) }

func (e *entry) key() []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(e), entryHead)), int(e.size&keyMask))
}

func (e *entry) count() int { return int(e.size >> keyBits) }

func (e *entry) setCount(n int) { e.size = e.size&keyMask | uint64(n)<<keyBits }

// room is how many clients the block of e has room for.
func (e *entry) room() int { return 1 << (e.ids >> arena.RefBits) }

// list is the clients of e.
func (e *entry) list() []uint64 {
	if e.count() == 1 {
		return unsafe.Slice(&e.ids, 1)
	}
	return unsafe.Slice((*uint64)(arena.Ref(e.ids&refMask).Ptr()), e.room())[:e.count()]
}

// Len returns the number of keys.
func (t *Table) Len() int { return t.live.Len() }

// Items returns the number of clients of all keys together.
func (t *Table) Items() int { return t.items }

// SetMax bounds the keys; 0 is no limit. Step and Remember see to it.
func (t *Table) SetMax(keys int) { t.max = keys }

// Over reports whether there are more keys than there may be, or whether they
// take more memory.
func (t *Table) Over() bool {
	return t.max != 0 && (t.live.Len() > t.max || t.bytes > bytesMin && t.bytes/bytesPerKey > t.max)
}

func (t *Table) space() table.Space { return table.Space{Arena: t.arena, Kind: &kind} }

func (t *Table) find(key []byte, hash uint64) (*entry, table.Probe) {
	p := t.live.Find(hash)
	for {
		r := p.Next()
		if r == 0 {
			return nil, p
		}
		if e := entryAt(r); string(e.key()) == string(key) {
			return e, p
		}
	}
}

// Remember notes that the client read the key, whose db.Hash is hash. It
// reports whether it could: the key may be too long, or read by too many.
func (t *Table) Remember(key []byte, hash uint64, id int64) bool {
	if len(key) > KeyMax {
		return false
	}
	e, _ := t.find(key, hash)
	if e != nil {
		return t.add(e, uint64(id))
	}
	p := t.arena.Alloc(entryHead+len(key), arena.Tracking)
	e = (*entry)(p)
	e.size, e.ids = uint64(len(key)), uint64(id)
	e.setCount(1)
	copy(e.key(), key)
	t.items++
	t.bytes += arena.ClassSize(entryHead + len(key))
	t.live.Insert(t.space(), hash, arena.RefOf(p))
	return true
}

// add puts a client among those of e.
func (t *Table) add(e *entry, id uint64) bool {
	ids := e.list()
	i, found := slices.BinarySearch(ids, id)
	if found {
		return true
	}
	if n := len(ids); n > 1 && n < e.room() {
		e.setCount(n + 1)
		ids = e.list()
		copy(ids[i+1:], ids[i:])
		ids[i] = id
		t.items++
		return true
	}
	return t.rebuild(e, id)
}

// rebuild gives e its clients that are still there, and one more.
func (t *Table) rebuild(e *entry, id uint64) bool {
	kept := t.ids[:0]
	for _, old := range e.list() {
		if t.alive(int64(old)) {
			kept = append(kept, old)
		}
	}
	i, _ := slices.BinarySearch(kept, id)
	kept = slices.Insert(kept, i, id)
	t.ids = kept[:0]
	if len(kept) > idsMax {
		return false
	}
	t.items += len(kept) - e.count()
	t.dropBlock(e)
	e.setCount(len(kept))
	if len(kept) == 1 {
		e.ids = kept[0]
		return true
	}
	// Room for half as many again at the least, so that it is a while before
	// they are all looked at once more.
	log2 := bits.Len(uint(len(kept) + len(kept)/2 - 1))
	p := t.arena.Alloc(8<<log2, arena.Tracking)
	e.ids = uint64(arena.RefOf(p)) | uint64(log2)<<arena.RefBits
	copy(e.list(), kept)
	t.bytes += arena.ClassSize(8 << log2)
	return true
}

func (t *Table) dropBlock(e *entry) {
	if e.count() == 1 {
		return
	}
	size := 8 * e.room()
	t.bytes -= arena.ClassSize(size)
	t.arena.Free(arena.Ref(e.ids&refMask).Ptr(), size, arena.Tracking)
}

func (t *Table) free(e *entry) {
	size := entryHead + len(e.key())
	t.bytes -= arena.ClassSize(size)
	t.items -= e.count()
	t.dropBlock(e)
	t.arena.Free(unsafe.Pointer(e), size, arena.Tracking)
}

// Forget takes the key, whose db.Hash is hash, out of the table and calls tell
// for each client that read it. tell must not use the table.
func (t *Table) Forget(key []byte, hash uint64, tell func(id int64)) {
	if t.live.Len() == 0 {
		return
	}
	e, p := t.find(key, hash)
	if e == nil {
		return
	}
	p.Remove()
	for _, id := range e.list() {
		tell(int64(id))
	}
	t.free(e)
	t.live.Step(t.space(), 1)
}

// Evict takes a random key out of the table, if there is one, and calls tell
// for each client that read it. tell must not use the table, nor keep the key.
func (t *Table) Evict(tell func(key []byte, id int64)) {
	r := t.live.Random(rand.Uint64)
	if r == 0 {
		return
	}
	e := entryAt(r)
	_, p := t.find(e.key(), db.Hash(e.key()))
	p.Remove()
	for _, id := range e.list() {
		tell(e.key(), int64(id))
	}
	t.free(e)
	t.live.Step(t.space(), 1)
}

// Flush empties the table and tells nobody. Step frees the memory.
func (t *Table) Flush() {
	if t.live.Len() == 0 {
		return
	}
	old := t.live
	t.dying = append(t.dying, &old)
	t.live.Init(t.space())
	// The entries leave the sums when they are freed.
	t.items, t.bytes = 0, 0
}

const (
	// drainSlice is how many entries are freed between two looks at the clock.
	drainSlice = 256
	// evictSlice is how many are evicted.
	evictSlice = 16
)

// Step frees what was flushed and evicts what is over the limit, calling tell
// as Evict does, for at most budget. It reports whether work is left.
func (t *Table) Step(budget time.Duration, tell func(key []byte, id int64)) bool {
	start := time.Now()
	for len(t.dying) > 0 {
		if t.drain(t.dying[0]) {
			t.dying[0] = nil
			t.dying = t.dying[1:]
		}
		if time.Since(start) > budget {
			return true
		}
	}
	t.dying = nil
	for t.Over() {
		for range evictSlice {
			if t.Over() {
				t.Evict(tell)
			}
		}
		if time.Since(start) > budget {
			return true
		}
	}
	return false
}

// drain frees a slice of a table that was flushed and reports whether nothing
// is left.
func (t *Table) drain(old *table.Table) bool {
	items, bytes := t.items, t.bytes
	done := old.Drain(t.space(), drainSlice, func(r arena.Ref) { t.free(entryAt(r)) })
	t.items, t.bytes = items, bytes
	return done
}

// Dying reports whether memory of what was flushed is left.
func (t *Table) Dying() bool { return len(t.dying) > 0 }
