package db

import (
	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/db/table"
)

// What follows works on the set of a key. The entry has to be of TypeSet.

// memberWindow is how many members are looked up in one pass: their buckets are
// fetched, then the members, so that the waits for memory overlap.
const memberWindow = 16

// fetchMembers hashes up to memberWindow members and starts loading what is
// needed to find them. It returns how many there are.
func fetchMembers(t *table.Table, hashes *[memberWindow]uint64, members [][]byte) int {
	n := min(len(members), memberWindow)
	for i, b := range members[:n] {
		hashes[i] = Hash(b)
		t.Prefetch(hashes[i])
	}
	for i := range n {
		t.PrefetchEntry(hashes[i])
	}
	return n
}

// SetAdd adds members to the set under key, whose entry is e, nil if it is
// absent. It returns how many were not there. The entry stays where it is.
func (d *DB) SetAdd(key []byte, hash uint64, e *Entry, members [][]byte) int {
	k := d.keys
	var v setValue
	if e == nil {
		v = k.newSet(pack.Of(members[0]), len(members))
	} else {
		d.change(e)
		v = e.set()
		k.expectSet(&v, len(members))
	}
	added := k.setAddAll(&v, members)
	if e == nil {
		d.create(TypeSet, key, hash, v.enc, v.slot)
	} else {
		e.recode(v.enc, v.slot)
	}
	return added
}

func (k *Keyspace) setAddAll(v *setValue, members [][]byte) int {
	added := 0
	for v.enc != encObject || len(members) == 1 {
		if k.setAdd(v, members[0]) {
			added++
		}
		if members = members[1:]; len(members) == 0 {
			return added
		}
	}
	t := v.table()
	var hashes [memberWindow]uint64
	for len(members) > 0 {
		n := fetchMembers(t, &hashes, members)
		for i, b := range members[:n] {
			if k.addMember(t, hashes[i], b) {
				added++
			}
		}
		members = members[n:]
	}
	return added
}

// SetRemove takes members out of the set of e, whose key has that hash. It
// returns how many were there, and whether they were the last ones and the key
// is gone.
func (d *DB) SetRemove(hash uint64, e *Entry, members [][]byte) (removed int, gone bool) {
	d.change(e)
	v := e.set()
	if v.enc == encObject {
		removed, gone = d.keys.removeMembers(v.table(), members)
	} else {
		for _, b := range members {
			if d.keys.setRemove(&v, b) {
				removed++
				if gone = v.len() == 0; gone {
					break
				}
			}
		}
		*e.slot() = v.slot
	}
	if gone {
		d.Remove(hash, e)
	}
	return removed, gone
}

// removeMembers is SetRemove for a table. It reports whether it is empty.
func (k *Keyspace) removeMembers(t *table.Table, members [][]byte) (removed int, empty bool) {
	var hashes [memberWindow]uint64
	for len(members) > 0 {
		n := fetchMembers(t, &hashes, members)
		for i, b := range members[:n] {
			if k.removeMember(t, hashes[i], b) {
				if removed++; t.Len() == 0 {
					return removed, true
				}
			}
		}
		members = members[n:]
	}
	return removed, false
}

// SetLen returns the number of members.
func (e *Entry) SetLen() int {
	v := e.set()
	return v.len()
}

// SetHas reports whether b is a member.
func (e *Entry) SetHas(b []byte) bool {
	v := e.set()
	return v.has(b)
}

// SetHasEach calls f with whether each of members is one, in turn.
func (e *Entry) SetHasEach(members [][]byte, f func(bool)) {
	v := e.set()
	if v.enc != encObject {
		for _, b := range members {
			f(v.has(b))
		}
		return
	}
	t := v.table()
	var hashes [memberWindow]uint64
	for len(members) > 0 {
		n := fetchMembers(t, &hashes, members)
		for i, b := range members[:n] {
			f(hasMember(t, hashes[i], b))
		}
		members = members[n:]
	}
}

// SetEach calls f for all members, those of an intset in ascending order. f
// gets views and must not change the set.
func (e *Entry) SetEach(f func(Element)) {
	v := e.set()
	v.each(f)
}

// SetScan calls f for the members of the next bucket behind cursor and returns
// the cursor to go on with, 0 at the end. A small set comes whole, whatever the
// cursor. What is a member for the whole scan is seen at least once. f must not
// change the set.
func (e *Entry) SetScan(cursor uint64, f func(Element)) uint64 {
	v := e.set()
	if v.enc != encObject {
		v.each(f)
		return 0
	}
	return v.table().Scan(cursor, func(r arena.Ref) { f(Element{Bytes: memberBytes(r)}) })
}
