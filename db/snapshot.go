package db

import (
	"errors"
	"slices"
	"time"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// A snapshot is the keyspace as it was when the snapshot began, told to a Sink
// in slices while commands go on. Nothing is copied for it: an entry that is
// about to change is told first.
//
// # The epoch
//
// Every entry has a bit that a snapshot flips in those it has told; new ones
// have the value that means told. What that value is changes with every
// snapshot: Keyspace.epoch is 0 or all ones, and an entry whose bit differs is
// stale, which is to be told yet. While no snapshot runs nothing is stale, so
// what a write costs then is one comparison of bytes (DB.change). A snapshot
// that is cancelled goes on with a sink that forgets, so that all bits agree
// before the next one.
//
// # Large values
//
// A value of more than some hundred elements is opened, and told in parts. Its
// entry is told when it is opened; its elements have bits of their own: members
// of sets and sorted sets in the byte of their length, fields of hashes in that
// of the name, nodes of lists and consumer groups in a byte. Packs of streams
// are told from those that are not by their IDs (openKey.holds), and a large
// group is told from what it was (snapshot_groups.go). An element is
// told before it changes or goes, the others by the walk, which finishes open
// keys before it opens more, so that few wait at the other end. Elements know
// nothing of their key, and need not: openKey is found by the object that they
// are in, so that the key may be renamed, moved or gone meanwhile. When all
// elements have been told the key is closed.
//
// # What goes
//
// A large value whose key is gone, and contents that were flushed, wait in
// snapshot.dying and are told as they are freed, slice by slice. contents.savedAs
// remembers the number of the database where SWAPDB or FLUSHDB found them.
type snapshot struct {
	sink        Sink
	told, total int64
	// walks are the tables to go through.
	walks []tableWalk
	// open is in the order in which the keys were opened.
	open []*openKey
	// objects finds an open key by its object, and by others that have elements
	// of it.
	objects map[arena.Ref]*openKey
	// dying is what has to be told before it is freed.
	dying  []dying
	lastID int
}

// tableWalk is how far the walk over the keys of some contents is.
type tableWalk struct{ id, cursor uint64 }

// snapLimits say from which size on a value is told in parts.
type snapLimits struct {
	elements int // of sets, hashes and sorted sets, pending entries and consumers of streams
	nodes    int // of lists, packs of streams
}

// defaultSnapLimits keep the longest step below 100 µs. A node or a pack has up
// to 8 KiB as a rule.
var defaultSnapLimits = snapLimits{elements: 256, nodes: 16}

// Sink takes a snapshot: the keyspace as it was at one moment, told while it
// changes. What is about to change is told before it does.
//
// Key infos, views and visitors are good during the call alone, or, for a
// visitor, until the next call of the sink. A sink must not change the keyspace.
// Keys and fields that had expired and were not removed yet when the snapshot
// began are told as well, with their deadlines.
type Sink interface {
	// Ready reports whether the walk may tell more without waiting. What has to be
	// told before a change is never refused: the sink waits by itself.
	Ready() bool
	// Key takes a whole key: the calls of one value follow on the visitor.
	Key(k KeyInfo) ValueVisitor
	// Open begins a large key, which is known as id, a number above 0 that no
	// other key of the snapshot has, until Close. The call that begins its value
	// (List, Set, Hash, ZSet, Stream, with the numbers at the moment of the
	// snapshot) follows on the visitor, its elements in parts; other keys may come
	// between.
	Open(id int, k KeyInfo) ValueVisitor
	// Part is followed by at least one element of the key that was opened as id.
	// In early parts they come out of turn, because they are about to change or
	// go: nodes of lists, packs and small groups of streams and members of sorted
	// sets that are behind what the walk has reached. All other parts have them
	// in order, the packs of a stream before its groups. What belongs to a large
	// group goes on in the parts that follow, but for early ones, which have
	// whole groups.
	Part(id int, early bool) ValueVisitor
	// Close says that all elements which Open announced have been told.
	Close(id int)
	// End says that the snapshot is complete.
	End()
}

// SnapshotProgress is how far a snapshot is: Total is the keys that there were
// when it began, Keys those of them that were told, or opened to be told in
// parts.
type SnapshotProgress struct{ Keys, Total int64 }

var (
	// ErrSnapshotRunning says that there is a snapshot already, or one that was
	// cancelled and is being wound up.
	ErrSnapshotRunning = errors.New("db: a snapshot is running")
	// ErrSnapshotScratch says that there is a value in the Scratch database.
	ErrSnapshotScratch = errors.New("db: no snapshot while a value is being read")
)

// BeginSnapshot makes sink be told of the keyspace as it is now. It returns
// ErrSnapshotRunning or ErrSnapshotScratch if that is not possible.
func (k *Keyspace) BeginSnapshot(sink Sink) error {
	k.owner.Assert()
	switch {
	case k.snap != nil:
		return ErrSnapshotRunning
	case k.nursery != nil && k.nursery.Len() > 0:
		return ErrSnapshotScratch
	}
	s := &snapshot{sink: sink, objects: map[arena.Ref]*openKey{}}
	for _, d := range k.dbs {
		if n := d.table.Len(); n > 0 {
			d.savedAs = int32(d.index) + 1
			s.total += int64(n)
			s.walks = append(s.walks, tableWalk{id: d.id})
		}
	}
	k.snap = s
	k.epoch = ^k.epoch
	return nil
}

// SnapshotStep goes on with the snapshot for about budget, or until the sink is
// not ready. It reports whether there is none, or none any more: the sink has
// been told of the end.
func (k *Keyspace) SnapshotStep(budget time.Duration) (done bool) {
	k.owner.Assert()
	if k.snap == nil {
		return true
	}
	for start := time.Now(); k.snap.sink.Ready(); {
		if k.snapshotSlice() {
			sink := k.snap.sink
			k.snap = nil
			sink.End()
			return true
		}
		if time.Since(start) > budget {
			break
		}
	}
	return false
}

// CancelSnapshot ends the snapshot, if one runs: its sink is told nothing more.
// SnapshotStep has yet to wind it up.
func (k *Keyspace) CancelSnapshot() {
	if k.snap != nil {
		k.snap.sink = forgetful{}
	}
}

// Snapshotting reports whether SnapshotStep has something to do, be it the
// winding up of a snapshot that was cancelled, and how far it is.
func (k *Keyspace) Snapshotting() (running bool, progress SnapshotProgress) {
	if k.snap == nil {
		return false, progress
	}
	return true, SnapshotProgress{k.snap.told, k.snap.total}
}

// snapshotSlice tells some elements or the keys of a bucket, and reports whether
// nothing was left.
func (k *Keyspace) snapshotSlice() (done bool) {
	s := k.snap
	var last dying
	if n := len(s.dying); n > 0 {
		last = s.dying[n-1]
	}
	if _, ok := last.(*dyingObject); ok {
		k.drainUntold(last)
		return false
	}
	for _, o := range s.open {
		switch {
		case o.frozenReady():
			k.walkFrozen(o)
		case !o.walked:
			k.walkOpen(o)
		default:
			continue
		}
		return false
	}
	switch {
	case last != nil:
		k.drainUntold(last)
	case len(s.walks) > 0:
		k.walkTable(&s.walks[0])
	default:
		if invariants.Enabled {
			invariants.Check(len(s.open) == 0 && len(s.objects) == 0, "db: a snapshot ends with open keys")
			invariants.Check(s.told == s.total, "db: a snapshot ends before all keys are told")
		}
		return true
	}
	return false
}

// walkTable tells the keys of a bucket.
func (k *Keyspace) walkTable(w *tableWalk) {
	s := k.snap
	for _, d := range k.dbs {
		if d.id != w.id {
			continue
		}
		w.cursor = d.table.Scan(w.cursor, func(r arena.Ref) { d.change(entryAt(r)) })
		if w.cursor != 0 {
			return
		}
		d.savedAs = 0
	}
	// All of it is told, or was told when it was flushed.
	s.walks = s.walks[1:]
}

// drainUntold frees a slice of x, the last that is dying.
func (k *Keyspace) drainUntold(x dying) {
	s := k.snap
	n := len(s.dying) - 1
	if !x.unsaved(k) {
		s.dying[n], s.dying = nil, s.dying[:n]
		k.queue(x)
		return
	}
	if done, _ := k.drain(x); done {
		// Values of contents were buried behind them.
		s.dying = slices.Delete(s.dying, n, n+1)
	}
}

// forgetful is the sink of a snapshot that was cancelled.
type forgetful struct{}

func (forgetful) Ready() bool                      { return true }
func (f forgetful) Key(KeyInfo) ValueVisitor       { return f }
func (f forgetful) Open(int, KeyInfo) ValueVisitor { return f }
func (f forgetful) Part(int, bool) ValueVisitor    { return f }
func (forgetful) Close(int)                        {}
func (forgetful) End()                             {}
func (forgetful) String([]byte)                    {}
func (forgetful) Integer(int64)                    {}
func (forgetful) Packed(Type, []byte)              {}
func (forgetful) Intset([]byte)                    {}
func (forgetful) List(int)                         {}
func (forgetful) Node(int64, []byte, bool)         {}
func (forgetful) Set(int)                          {}
func (forgetful) Member(Element)                   {}
func (forgetful) Hash(int, bool)                   {}
func (forgetful) Field(Element, Element, int64)    {}
func (forgetful) ZSet(int)                         {}
func (forgetful) Scored(Element, float64)          {}
func (forgetful) Stream(StreamInfo)                {}
func (forgetful) StreamPack(StreamID, []byte)      {}
func (forgetful) Group(GroupInfo)                  {}
func (forgetful) Pending(StreamID, int64, uint64)  {}
func (forgetful) Consumer(ConsumerInfo)            {}
func (forgetful) ConsumerPending(StreamID)         {}
