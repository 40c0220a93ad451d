// Package table is the hash table of the keyspace and of large hashes, sets
// and sorted sets: a set of references to entries that carry their own key,
// outside the Go heap.
//
// # Structure
//
// Linear hashing (Litwin 1980, after Larson 1988 in memory). There are
// N + split main buckets, N = 2^level. A hash addresses bucket hash mod N, or
// hash mod 2N if that bucket lies before the split pointer, which means it was
// split already. Growing by one bucket splits the bucket at the pointer in two;
// the pointer moves on, and when it has passed N buckets the level rises.
// Shrinking merges backwards. So the table grows with the number of keys, needs
// no second table, and an insertion never does more than one split.
//
//	           split
//	             |
//	0  1  2  3   4  5  6  7 | 8  9 10 11        level 3, split 4
//	`--split--´  `-to come-´  `-halves-´
//
// A bucket is a cache line of ten tagged 40-bit references (bucket.go). What
// does not fit goes to overflow buckets, which live in an area of the segment
// and are chained by 16-bit indexes. Buckets come in segments of 512, found
// through pages of descriptors (directory.go):
//
//	Table --> root --> page of 512 --> segment -+-> 512 main buckets
//	             (one page needs no root)       `-> overflow buckets, dense
//
// The last segment and the overflow areas grow in steps of an eighth or less,
// by copying; no copy exceeds 32 KiB. A small table is one small segment.
//
// # When to split
//
// The rule is about memory: the table grows when the buckets, those of the
// overflow included, have fewer than 9.5 bytes for each entry. Load control on the main buckets alone, as textbooks have it, pays for
// overflow on top and swings with the split pointer. Simulated with 10 slots,
// over a doubling (bytes per entry; buckets visited by a hit, mean and worst):
//
//	main buckets 80 % full        9.8, worst 10.1     1.09  1.11
//	6.75 entries a bucket in all  9.5 at every size   1.12  1.16
//	7.2                           8.9                 1.22  1.24
//	7.6                           8.4                 1.38  1.43
//
// Two partial expansions per doubling with overflow shared by a group bring
// 8.7 bytes at 1.12, and overflow shared by two neighbours 9.0, but the first
// reads every hash twice as often when growing and both need a hash to repair
// a chain after a deletion. Not worth half a byte.
//
// A chain is always compact: an entry that goes is replaced by one of the
// chain's last bucket, so a table that lives by replacing its entries is as
// good as a fresh one.
package table

import (
	"basalt/db/arena"
	"basalt/internal/invariants"
)

// Kind describes the entries of a table.
type Kind struct {
	// Hash rereads the hash of a stored entry. Splits need it.
	Hash func(arena.Ref) uint64
	// Purpose is what the memory of the buckets is accounted as.
	Purpose arena.Purpose
}

// Space is what a table needs besides itself wherever it may allocate, free or
// reread a hash. The caller passes it, so that a Table holds no Go pointers
// and can live in arena memory. A table is always used with the same one.
type Space struct {
	Arena *arena.Arena
	Kind  *Kind
}

// Table is a set of references. The zero value is empty and ready for use. It
// holds pointers to arena memory only, so it may be part of an object there
// (allocated by AllocZero, as its pointer fields require), and it may be moved
// by copying it, as long as one copy is used. It belongs to the thread that
// owns the arena.
type Table struct {
	page  *page    // descriptors of the segments; nil while the table is empty
	root  **page   // pages if there are several, else nil
	count uint64   // entries
	limit uint64   // entries above which the next insertion splits
	mask  uint64   // N - 1
	split uint64   // next bucket to split; below N
	over  uint64   // overflow buckets in use
	room  uint64   // overflow buckets there is memory for
	steps uint64   // splits and merges since Init
	sweep uint32   // segment whose area is looked at next for room to give back
	peak  uint16   // no segment ever had more overflow buckets; for Random
	state drawdown // whether Drain is at work
}

type drawdown uint8

const (
	alive drawdown = iota
	draining
)

const (
	// Growth keeps at most bytesPerKeyNum/bytesPerKeyDen bytes per entry.
	bytesPerKeyNum = 19
	bytesPerKeyDen = 2
	// Shrinking starts at mergeBytes per entry, room and directory counted.
	// When growing there are at least 6.7 entries per main bucket, so a merge
	// to no more than mergeMax does not swing back.
	mergeBytes = 13
	mergeMax   = 6
)

// Init makes t an empty table. It takes no memory: that comes with the first
// entry. What t held before is forgotten, not freed.
func (t *Table) Init(Space) { *t = Table{} }

// Len returns the number of entries.
func (t *Table) Len() int { return int(t.count) }

// buckets returns the number of main buckets, 0 for an empty table.
func (t *Table) buckets() uint64 {
	if t.page == nil {
		return 0
	}
	return t.mask + 1 + t.split
}

// address returns the main bucket of a hash. Which side of the split pointer
// it falls on is a coin toss, and the compiler makes a branch of an if here,
// so the next bit is added by arithmetic: a wrong guess costs more than all of
// this.
func (t *Table) address(hash uint64) uint64 {
	i := hash & t.mask
	before := uint64(int64(i-t.split) >> 63) // all ones if i < split
	return i | hash&(t.mask+1)&before
}

// Insert adds the reference r of an entry with this hash. The caller knows
// that its key is absent. It may split one bucket, which rereads the hashes of
// some ten entries. Probes become invalid.
func (t *Table) Insert(s Space, hash uint64, r arena.Ref) {
	if invariants.Enabled {
		invariants.Check(t.state == alive, "table: insertion while draining")
		invariants.Check(r != 0 && r>>arena.RefBits == 0, "table: insertion of a bad reference")
	}
	if t.page == nil {
		t.open(s)
	}
	i := t.address(hash)
	t.put(s, t.segment(i), uint32(i%segmentBuckets), uint8(tagOf(hash)), r)
	t.count++
	if t.count > t.limit {
		t.grow(s)
	}
	if invariants.Enabled {
		t.checkSmall(s)
	}
}

// put stores an entry in main bucket i of seg or in its chain.
func (t *Table) put(s Space, seg *segment, i uint32, tag uint8, r arena.Ref) {
	b := &seg.main[i]
	if free := b.free(); free != 0 {
		b.set(slotOf(free), tag, r)
		return
	}
	t.putOver(s, seg, i, tag, r)
}

// putOver stores an entry in the chain behind a full main bucket. All buckets
// of a chain but the last are full.
func (t *Table) putOver(s Space, seg *segment, i uint32, tag uint8, r arena.Ref) {
	home := &seg.main[i]
	home.link |= filterBit(uint64(tag))
	last := home
	for last.next() != 0 {
		last = seg.at(last.next())
	}
	free := last.free()
	if free == 0 {
		isHome := last == home
		from := seg.indexOf(last)
		link := t.newOver(s, seg, i) // the area may move
		if !isHome {
			last = &seg.over[from]
		}
		last.setNext(link)
		last = seg.at(link)
		free = allSlots
	}
	last.set(slotOf(free), tag, r)
}
