package db

import (
	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/db/table"
	"basalt/internal/decimal"
)

// setValue is a set apart from its key. Sets of integers are an intset, other
// small ones a pack, the rest a table (set_table.go).
type setValue struct {
	enc  Encoding
	slot uint64
}

func (e *Entry) set() setValue { return setValue{e.encoding(), *e.slot()} }

// intset returns the intset; it is a view that dies when the set changes.
func (s packSlot) intset() pack.Intset {
	b := s.bytes()
	return pack.Intset(b[:pack.IntsetBytes(b)])
}

func (v *setValue) packSlot() *packSlot { return (*packSlot)(&v.slot) }

func (v *setValue) intset() pack.Intset { return packSlot(v.slot).intset() }

func (v *setValue) pack() pack.Pack { return packSlot(v.slot).pack() }

func (v *setValue) table() *table.Table { return setTableAt(v.slot) }

func (v *setValue) len() int {
	switch v.enc {
	case encIntset:
		return v.intset().Len()
	case encPack:
		return v.pack().Len()
	}
	return v.table().Len()
}

// intsetLimit is the largest intset, in members.
func (k *Keyspace) intsetLimit() int {
	const most = (packBytesMax - pack.IntsetHeader) / pack.IntsetWidthMax
	return int(max(0, min(k.Limits.SetIntset, most)))
}

// newSet returns an empty set that suits first as its first member when about
// hint are to come.
func (k *Keyspace) newSet(first Element, hint int) setValue {
	switch {
	case first.IsInt && hint <= k.intsetLimit():
		return k.newIntset(1)
	case int64(hint) <= k.Limits.SetEntries:
		return setValue{encPack, uint64(k.newPack(pack.EmptyBytes + first.Size()))}
	}
	_, slot := k.newSetTable()
	return setValue{encObject, slot}
}

// newIntset returns an empty intset with room for so many small members.
func (k *Keyspace) newIntset(room int) setValue {
	s := k.newPackBytes(pack.IntsetHeader + 2*room)
	pack.NewIntset(s.bytes())
	return setValue{encIntset, uint64(s)}
}

// expectSet makes v ready for hint members more: if those alone are beyond the
// limits it becomes a table at once.
func (k *Keyspace) expectSet(v *setValue, hint int) {
	if v.enc == encIntset && hint > k.intsetLimit() || v.enc == encPack && int64(hint) > k.Limits.SetEntries {
		k.setToTable(v)
	}
}

// dropSet frees the value at once: it is one that no key has.
func (k *Keyspace) dropSet(v *setValue) {
	if v.enc != encObject {
		k.freePack(packSlot(v.slot))
		return
	}
	if !drainSet(k, v.slot, drainNow) {
		k.bury(&dyingObject{&setObject, v.slot})
	}
}

// has reports whether b is a member.
func (v *setValue) has(b []byte) bool {
	if v.enc == encObject {
		return hasMember(v.table(), Hash(b), b)
	}
	return v.hasMember(Element{Bytes: b})
}

// canonical returns m, which may come from a table, as intsets and packs have it.
func canonical(m Element) Element {
	if m.IsInt {
		return m
	}
	return pack.Of(m.Bytes)
}

// hasMember is has for a member of another set.
func (v *setValue) hasMember(m Element) bool {
	switch v.enc {
	case encIntset:
		if m = canonical(m); !m.IsInt {
			return false
		}
		_, found := v.intset().Find(m.Int)
		return found
	case encPack:
		p := v.pack()
		m = canonical(m)
		return p.Find(p.First(), m, 0) >= 0
	}
	var scratch [decimal.MaxLen]byte
	b := m.Text(scratch[:])
	return hasMember(v.table(), Hash(b), b)
}

// setAdd puts b into v and reports whether it was not there.
func (k *Keyspace) setAdd(v *setValue, b []byte) bool {
	if v.enc == encObject {
		return k.addMember(v.table(), Hash(b), b)
	}
	return k.setAddMember(v, Element{Bytes: b})
}

// setAddMember is setAdd for a member of another set. What it is a view of must
// not be v.
func (k *Keyspace) setAddMember(v *setValue, m Element) bool { return k.setPut(v, m, false) }

// setPut is setAddMember. fresh says that m is known not to be there: it need
// not be looked for.
func (k *Keyspace) setPut(v *setValue, m Element, fresh bool) bool {
	switch v.enc {
	case encIntset:
		if m = canonical(m); m.IsInt {
			return k.addInt(v, m.Int)
		}
		k.leaveIntset(v, m)
	case encPack:
		p := v.pack()
		m = canonical(m)
		if !fresh && p.Find(p.First(), m, 0) >= 0 {
			return false
		}
		if int64(p.Len()) >= k.Limits.SetEntries || !k.packable(m.TextLen(), len(p)+m.Size()) {
			k.setToTable(v)
		}
	}
	if v.enc == encPack {
		k.growPack(v.packSlot(), m.Size()).Append(m)
		return true
	}
	var scratch [decimal.MaxLen]byte
	b := m.Text(scratch[:])
	t, hash := v.table(), Hash(b)
	if fresh {
		t.Insert(k.memberSpace(), hash, k.newMember(b))
		return true
	}
	return k.addMember(t, hash, b)
}

// packable reports whether a pack of so many bytes may hold a member of length
// bytes.
func (k *Keyspace) packable(length, bytes int) bool {
	return int64(length) <= k.Limits.SetValue && bytes <= packBytesMax
}

// addInt puts n into an intset, and makes that a table if it becomes too large.
func (k *Keyspace) addInt(v *setValue, n int64) bool {
	s := v.intset()
	index, found := s.Find(n)
	if found {
		return false
	}
	slot := v.packSlot()
	if need := len(s) + s.InsertBytes(n); need > cap(s) {
		if need >= packSlackMin {
			need += need / 8
		}
		k.resizePack(slot, len(s), need)
		s = slot.intset()
	}
	if s = s.Insert(index, n); s.Len() > k.intsetLimit() {
		k.setToTable(v)
	}
	return true
}

// leaveIntset makes the intset v a pack, if that holds its members and m
// besides, or else a table.
func (k *Keyspace) leaveIntset(v *setValue, m Element) {
	s := v.intset()
	n := s.Len()
	longest, bytes := m.TextLen(), pack.EmptyBytes+m.Size()
	if n > 0 {
		first, last := pack.OfInt(s.At(0)), pack.OfInt(s.At(n-1))
		longest = max(longest, first.TextLen(), last.TextLen())
		bytes += n * max(first.Size(), last.Size())
	}
	if int64(n) >= k.Limits.SetEntries || !k.packable(longest, bytes) {
		k.setToTable(v)
		return
	}
	to := k.newPack(bytes)
	for i, p := 0, to.pack(); i < n; i++ {
		p = p.Append(pack.OfInt(s.At(i)))
	}
	k.freePack(packSlot(v.slot))
	*v = setValue{encPack, uint64(to)}
}

// setToTable makes a small set a large one.
func (k *Keyspace) setToTable(v *setValue) {
	t, slot := k.newSetTable()
	var scratch [decimal.MaxLen]byte
	v.each(func(m Element) {
		b := m.Text(scratch[:])
		t.Insert(k.memberSpace(), Hash(b), k.newMember(b))
	})
	k.freePack(packSlot(v.slot))
	*v = setValue{encObject, slot}
}

// setRemove takes b out of v and reports whether it was there. The set may be
// empty afterwards.
func (k *Keyspace) setRemove(v *setValue, b []byte) bool {
	if v.enc == encObject {
		return k.removeMember(v.table(), Hash(b), b)
	}
	return k.setRemoveMember(v, Element{Bytes: b})
}

// setRemoveMember is setRemove for a member of another set.
func (k *Keyspace) setRemoveMember(v *setValue, m Element) bool {
	switch v.enc {
	case encIntset:
		if m = canonical(m); m.IsInt {
			if index, found := v.intset().Find(m.Int); found {
				k.cutInt(v, index)
				return true
			}
		}
		return false
	case encPack:
		p := v.pack()
		at := p.Find(p.First(), canonical(m), 0)
		if at < 0 {
			return false
		}
		k.cutPacked(v, at)
		return true
	}
	var scratch [decimal.MaxLen]byte
	b := m.Text(scratch[:])
	return k.removeMember(v.table(), Hash(b), b)
}

// cutInt takes out the member at index of an intset.
func (k *Keyspace) cutInt(v *setValue, index int) {
	s := v.intset().Delete(index)
	if len(s)*2 < cap(s) && cap(s) > arena.ClassSize(pack.IntsetHeader+1) {
		k.resizePack(v.packSlot(), len(s), len(s))
	}
}

// cutPacked takes out the member at at of a pack.
func (k *Keyspace) cutPacked(v *setValue, at int) {
	v.pack().Delete(at, 1)
	k.shrinkPack(v.packSlot())
}

// each calls f for all members, those of an intset in ascending order. The view
// that f gets dies with the next change of the set, which f must not make.
func (v *setValue) each(f func(Element)) {
	switch v.enc {
	case encIntset:
		s := v.intset()
		for i := range s.Len() {
			f(pack.OfInt(s.At(i)))
		}
	case encPack:
		p := v.pack()
		for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
			f(p.Get(at))
		}
	default:
		eachMember(v.table(), func(r arena.Ref) { f(Element{Bytes: memberBytes(r)}) })
	}
}
