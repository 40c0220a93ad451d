package db

import "basalt/db/arena"

// Flush drops all keys; their memory is freed in slices by Keyspace.Reclaim.
// It returns the number of keys dropped.
func (d *DB) Flush() int {
	n := d.table.Len()
	if n > 0 {
		d.keys.dying = append(d.keys.dying, dying{contents: d.contents})
		d.reset()
	}
	return n
}

// dying is a database's contents on the way out.
type dying struct{ contents }

// drainSlice is how many entries are freed between two looks at the clock.
const drainSlice = 256

// drain frees a slice and reports whether nothing is left.
func (x *dying) drain(k *Keyspace) bool {
	if !x.table.Drain(k.space(), drainSlice, func(r arena.Ref) { k.free(entryAt(r)) }) {
		return false
	}
	x.wheel.Free()
	return true
}
