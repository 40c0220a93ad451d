package db

import "basalt/db/arena"

// Flush drops all keys; their memory is freed in slices by Keyspace.Reclaim.
// It returns the number of keys dropped.
func (d *DB) Flush() int {
	n := d.table.Len()
	if n > 0 {
		d.keys.bury(&dyingContents{d.contents})
		d.reset()
	}
	return n
}

// dying is something large on the way out.
type dying interface {
	// drain frees a slice and reports whether nothing is left.
	drain(k *Keyspace) bool
	// keys is how many keys or values are left.
	keys() int
	// unsaved reports whether a snapshot has yet to be told of something in it.
	unsaved(k *Keyspace) bool
}

const (
	// drainSlice is how many entries or elements are freed between two looks at
	// the clock.
	drainSlice = 256
	// drainUnsaved is the same for what a snapshot is told of before it goes.
	drainUnsaved = 16
)

// bury takes something to be freed in slices: by Reclaim, or, if a snapshot has
// yet to be told of it, first by its steps.
func (k *Keyspace) bury(x dying) {
	if x.unsaved(k) {
		k.snap.dying = append(k.snap.dying, x)
		return
	}
	k.queue(x)
}

// queue leaves x to Reclaim.
func (k *Keyspace) queue(x dying) {
	k.dying = append(k.dying, x)
	k.queued += x.keys()
}

// drain frees a slice of x, reports whether it was the last one, and returns how
// many keys and large values went with it.
func (k *Keyspace) drain(x dying) (done bool, freed int) {
	freed = x.keys()
	if done = x.drain(k); !done {
		freed -= x.keys()
	}
	k.LazyFreed += int64(freed)
	return done, freed
}

// dyingContents is those of a database that was flushed.
type dyingContents struct{ contents }

func (x *dyingContents) keys() int { return x.table.Len() }

func (x *dyingContents) unsaved(*Keyspace) bool { return x.savedAs != 0 }

func (x *dyingContents) drain(k *Keyspace) bool {
	n := drainSlice
	if x.savedAs != 0 {
		n = 1 // a bucket; each of its values may have many elements
	}
	if !x.table.Drain(k.space(), n, func(r arena.Ref) {
		e := entryAt(r)
		if k.stale(e) {
			k.saveEntry(&x.contents, e)
		}
		k.free(e)
	}) {
		return false
	}
	x.wheel.Free()
	return true
}
