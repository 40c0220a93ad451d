package db

import "basalt/db/arena"

// Flush drops all keys; their memory is freed in slices by Keyspace.Reclaim.
// It returns the number of keys dropped.
func (d *DB) Flush() int {
	n := d.table.Len()
	if n > 0 {
		d.keys.dying = append(d.keys.dying, &dyingContents{d.contents})
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
}

// drainSlice is how many entries or elements are freed between two looks at
// the clock.
const drainSlice = 256

// dyingContents is those of a database that was flushed.
type dyingContents struct{ contents }

func (x *dyingContents) keys() int { return x.table.Len() }

func (x *dyingContents) drain(k *Keyspace) bool {
	if !x.table.Drain(k.space(), drainSlice, func(r arena.Ref) { k.free(entryAt(r)) }) {
		return false
	}
	x.wheel.Free()
	return true
}
