package db

import (
	"slices"

	"basalt/db/arena"
	"basalt/internal/decimal"
)

// What several sets have in common, together or apart. The functions hand out
// views of members, which die when a set changes.

// sieveWidth is how many members pass through a sieve in one pass.
const sieveWidth = 16

// sieve lets through the members that all of the other sets have, or none of
// them. It takes them in batches, and each set in turn is asked for what is
// left of the batch: in large sets the waits for memory overlap. emit takes what
// passes and says whether it wants more. The others and emit are no part of the
// struct, from which the compiler would not see that they stay on the stack.
type sieve struct {
	wanted bool // pass what is in all of the others; else what is in none
	count  int
	done   bool // nobody wants more
	// built, if it has a slot, is one more of the others: what the members are
	// added to.
	built setValue
	batch [sieveWidth]Element
}

// add takes another member.
func (s *sieve) add(m Element, others []*Entry, emit func(Element) bool) {
	if s.done {
		return
	}
	s.batch[s.count] = m
	if s.count++; s.count == sieveWidth {
		s.flush(others, emit)
	}
}

// flush passes on what it holds.
func (s *sieve) flush(others []*Entry, emit func(Element) bool) {
	for _, e := range others {
		s.filter(e.set())
	}
	if s.built.slot != 0 {
		s.filter(s.built)
	}
	for _, m := range s.batch[:s.count] {
		if !emit(m) {
			s.done = true
			break
		}
	}
	s.count = 0
}

// filter keeps the members of the batch that v has, or has not.
func (s *sieve) filter(v setValue) {
	kept := 0
	if v.enc != encObject {
		for _, m := range s.batch[:s.count] {
			if v.hasMember(m) == s.wanted {
				s.batch[kept] = m
				kept++
			}
		}
		s.count = kept
		return
	}
	t := v.table()
	var hashes [sieveWidth]uint64
	var scratch [decimal.MaxLen]byte
	for i, m := range s.batch[:s.count] {
		hashes[i] = Hash(m.Text(scratch[:]))
		t.Prefetch(hashes[i])
	}
	for i := range s.count {
		t.PrefetchEntry(hashes[i])
	}
	for i, m := range s.batch[:s.count] {
		if hasMember(t, hashes[i], m.Text(scratch[:])) == s.wanted {
			s.batch[kept] = m
			kept++
		}
	}
	s.count = kept
}

// pass lets the members of e through, until emit wants no more.
func (s *sieve) pass(e *Entry, others []*Entry, emit func(Element) bool) {
	v := e.set()
	if v.enc != encObject {
		v.each(func(m Element) { s.add(m, others, emit) })
	} else {
		f := func(r arena.Ref) { s.add(Element{Bytes: memberBytes(r)}, others, emit) }
		for cursor := v.table().Scan(0, f); cursor != 0 && !s.done; {
			cursor = v.table().Scan(cursor, f)
		}
	}
	if !s.done {
		s.flush(others, emit)
	}
}

func fewerMembers(a, b *Entry) int { return a.SetLen() - b.SetLen() }

func moreMembers(a, b *Entry) int { return b.SetLen() - a.SetLen() }

// Intersect calls emit for the members that all sets have, in the order of the
// smallest one, until it returns false. It sorts sets, of which there is at
// least one.
func Intersect(sets []*Entry, emit func(Element) bool) {
	slices.SortStableFunc(sets, fewerMembers)
	s := sieve{wanted: true}
	s.pass(sets[0], sets[1:], emit)
}

// probedMax is up to how many sets the members of a union are looked for in
// those before; for more it is built.
const probedMax = 6

// Union calls emit for the members of any of the sets, once for each. It sorts
// sets. Those of intsets alone come in ascending order.
func (k *Keyspace) Union(sets []*Entry, emit func(Element)) {
	small := true
	for _, e := range sets {
		small = small && e.encoding() == encIntset
	}
	if small && len(sets) > 1 || len(sets) > probedMax {
		b := k.BuildUnion(sets)
		b.value.each(emit)
		b.Discard()
		return
	}
	slices.SortStableFunc(sets, moreMembers)
	for i, e := range sets {
		var s sieve
		s.pass(e, sets[:i], func(m Element) bool { emit(m); return true })
	}
}

// Difference calls emit for the members of first that none of others has. It
// sorts others.
func (k *Keyspace) Difference(first *Entry, others []*Entry, emit func(Element)) {
	if slices.Contains(others, first) {
		return
	}
	if cheaperByRemoval(first, others) {
		b := k.subtract(first, others)
		if !b.Empty() {
			b.value.each(emit)
		}
		b.Discard()
		return
	}
	slices.SortStableFunc(others, moreMembers)
	var s sieve
	s.pass(first, others, func(m Element) bool { emit(m); return true })
}

// cheaperByRemoval decides between the two ways to a difference: to look for
// each member of the first set in all others, or to copy the first and take out
// what the others have. The first way is mostly spared some of its work, which
// counts half. It is the choice that Redis makes, and shows in the encoding of
// what SDIFFSTORE stores.
func cheaperByRemoval(first *Entry, others []*Entry) bool {
	byLookup, byRemoval := first.SetLen(), first.SetLen()
	for _, e := range others {
		byLookup += first.SetLen()
		byRemoval += e.SetLen()
	}
	return byLookup/2 > byRemoval
}

// SetBuilder makes a set apart from any key. It ends in StoreSet or Discard.
type SetBuilder struct {
	keys  *Keyspace
	value setValue // enc is encInline before the first member
}

// NewSet returns a builder without members.
func (k *Keyspace) NewSet() SetBuilder { return SetBuilder{keys: k, value: setValue{enc: encInline}} }

// NewSetFor is NewSet for a set that will have at least so many members: a large
// one is made in its final form.
func (k *Keyspace) NewSetFor(least int) SetBuilder {
	b := k.NewSet()
	if least > k.intsetLimit() && int64(least) > k.Limits.SetEntries {
		_, b.value.slot = k.newSetTable()
		b.value.enc = encObject
	}
	return b
}

// Add adds a member, a view of another set, that was not added before.
func (b *SetBuilder) Add(m Element) {
	if b.value.enc == encInline {
		b.value = b.keys.newSet(canonical(m), 1)
	}
	b.keys.setPut(&b.value, m, true)
}

// Empty reports whether there is no member.
func (b *SetBuilder) Empty() bool { return b.Len() == 0 }

// Len returns the number of members.
func (b *SetBuilder) Len() int {
	if b.value.enc == encInline {
		return 0
	}
	return b.value.len()
}

// Discard frees the set.
func (b *SetBuilder) Discard() {
	if b.value.enc != encInline {
		b.keys.dropSet(&b.value)
	}
}

// BuildUnion returns the union of the sets.
func (k *Keyspace) BuildUnion(sets []*Entry) SetBuilder {
	if len(sets) == 0 {
		return k.NewSet()
	}
	most := 0
	for _, e := range sets {
		most = max(most, e.SetLen())
	}
	b := k.NewSetFor(most)
	sets[0].SetEach(func(m Element) { b.Add(m) })
	for _, e := range sets[1:] {
		s := sieve{built: b.value}
		s.pass(e, nil, func(m Element) bool {
			b.Add(m)
			s.built = b.value
			return true
		})
	}
	return b
}

// BuildDifference returns the members of first that none of others has. It
// sorts others.
func (k *Keyspace) BuildDifference(first *Entry, others []*Entry) SetBuilder {
	if !slices.Contains(others, first) && cheaperByRemoval(first, others) {
		return k.subtract(first, others)
	}
	b := k.NewSet()
	k.Difference(first, others, func(m Element) { b.Add(m) })
	return b
}

// subtract copies first and takes out what the others have.
func (k *Keyspace) subtract(first *Entry, others []*Entry) SetBuilder {
	b := k.NewSetFor(first.SetLen())
	first.SetEach(func(m Element) { b.Add(m) })
	for _, e := range others {
		v := e.set()
		v.each(func(m Element) {
			if b.value.len() > 0 {
				k.setRemoveMember(&b.value, m)
			}
		})
	}
	return b
}

// StoreSet makes the set, which has members, the value of key, whatever that
// was. The builder is used up.
func (d *DB) StoreSet(key []byte, hash uint64, b *SetBuilder) {
	access := d.keys.newAccess()
	if e := d.Peek(key, hash); e != nil {
		d.keys.renew(e)
		access = e.access()
	}
	d.Vacate(key, hash)
	d.create(TypeSet, key, hash, b.value.enc, b.value.slot).setAccess(access)
	b.value = setValue{enc: encInline}
}
