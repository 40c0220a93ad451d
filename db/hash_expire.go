package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/wheel"
)

// Fields with a deadline are in the wheel of the keyspace, with a reference to
// their hash, which refers to its entry and its database. So a field that is
// due finds all it belongs to, and nothing of this costs fields without one.

func (f *hashField) expires() bool { return f.valueLen&fieldExpires != 0 }

// node returns the deadline node of a field that has one.
func (f *hashField) node() *wheel.Node { return (*wheel.Node)(f.at(-fieldPrefix)) }

// owner returns the reference of the hash of a field with a deadline; 0 once
// the wheel has let go of a field whose hash is dying.
func (f *hashField) owner() *arena.Ref { return (*arena.Ref)(f.at(-8)) }

func fieldOfNode(n *wheel.Node) *hashField {
	return (*hashField)(unsafe.Add(unsafe.Pointer(n), fieldPrefix))
}

// fieldDue reports whether the field has a deadline that has passed.
func (k *Keyspace) fieldDue(f *hashField) bool {
	return f.expires() && f.node().Deadline() < k.now && !k.Replay
}

// arm puts a field of h with room for it under a deadline.
func (k *Keyspace) arm(h *hash, f *hashField, deadline int64) {
	h.volatile++
	*f.owner() = arena.RefOf(unsafe.Pointer(h))
	k.fieldWheel.Add(f.node(), deadline)
}

// disarm takes a field of h out of the wheel, if that has not let go of it.
func (k *Keyspace) disarm(h *hash, f *hashField) {
	h.volatile--
	if *f.owner() != 0 {
		k.fieldWheel.Remove(f.node())
	}
}

// homeHash tells the object of a hash, if e is one, where its entry is.
func (d *DB) homeHash(e *Entry) {
	if e.kind == kindOf(TypeHash, encObject) {
		h := hashAt(*e.slot())
		h.entry, h.home = e.ref(), d.id
	}
}

// homeOf returns the database in which h is, nil if it is dying.
func (k *Keyspace) homeOf(h *hash) *DB {
	for _, d := range k.dbs {
		if d.id == h.home {
			return d
		}
	}
	return nil
}

// removeDueField is called by the wheel, which has let go of the node already.
func (k *Keyspace) removeDueField(n *wheel.Node) {
	f := fieldOfNode(n)
	h := (*hash)(f.owner().Ptr())
	d := k.homeOf(h)
	if d != nil {
		d.change(entryAt(h.entry))
	}
	*f.owner() = 0
	if d == nil {
		return // what drains the hash frees the field, of which a snapshot may be told before
	}
	e := entryAt(h.entry)
	last := h.fields.Len() == 1
	k.noteFieldExpired(d, e, f, last)
	_, p := h.find(f.name())
	k.takeField(h, f, &p)
	if last {
		d.Remove(Hash(e.Key()), e)
	}
}

func (k *Keyspace) noteFieldExpired(d *DB, e *Entry, f *hashField, last bool) {
	k.ExpiredFields++
	if k.OnFieldExpire != nil {
		k.OnFieldExpire(d, e.Key(), f.name(), last)
	}
}

// settleMax is how many fields are expired before a hash with deadlines is
// looked at, at most. As a rule none are: the wheel is never far behind.
const settleMax = 256

// LiveHash returns the entry of key, whose entry is the hash e, nil if no field
// is left because all have expired. Fields that are due go now if they are not
// many. The entry returned is used instead of e, also for writing, and only
// until the clock moves.
func (d *DB) LiveHash(key []byte, hash uint64, e *Entry) *Entry {
	k := d.keys
	if e.kind != kindOf(TypeHash, encObject) || hashAt(*e.slot()).volatile == 0 || k.Replay {
		return e
	}
	if !k.Hold && k.ActiveExpire {
		done := k.fieldWheel.Advance(k.now-1, settleMax, k.expireField)
		if e, _ = d.find(key, hash); e == nil || done {
			return e
		}
	}
	if !d.HashEmpty(e) {
		return e
	}
	if !k.Hold {
		d.expireHash(hash, e)
	}
	return nil
}

// expireHash removes e, a hash of which all fields have expired. It tells of
// one of them, the last, as there may be any number.
func (d *DB) expireHash(hash uint64, e *Entry) {
	h := hashAt(*e.slot())
	d.keys.ExpiredFields += int64(h.fields.Len()) - 1
	d.keys.noteFieldExpired(d, e, fieldAt(h.fields.Random(random)), true)
	d.Remove(hash, e)
}

// RemoveHash deletes e, a hash of which no field is left, or none that has not
// expired.
func (d *DB) RemoveHash(hash uint64, e *Entry) {
	if e.encoding() == encObject && hashAt(*e.slot()).fields.Len() > 0 {
		d.expireHash(hash, e)
		return
	}
	d.Remove(hash, e)
}

// fieldsSettled reports whether no field anywhere is due.
func (k *Keyspace) fieldsSettled() bool {
	if k.Replay {
		return true
	}
	next, ok := k.fieldWheel.Next(k.now - 1)
	return !ok || next >= k.now
}

// HashDeadline returns the Unix time in ms at which a field of the hash e
// expires, NoDeadline if it does not, and whether there is such a field.
func (d *DB) HashDeadline(e *Entry, name []byte) (int64, bool) {
	if e.encoding() == encPack {
		_, ok := d.HashGet(e, name)
		return NoDeadline, ok
	}
	f := d.live(e, name)
	switch {
	case f == nil:
		return NoDeadline, false
	case !f.expires():
		return NoDeadline, true
	}
	return f.node().Deadline(), true
}

// HashSetDeadline makes a field of the hash e, which is there, expire at the
// Unix time deadline in ms, or never for NoDeadline.
func (d *DB) HashSetDeadline(e *Entry, name []byte, deadline int64) {
	k := d.keys
	d.change(e)
	if e.encoding() == encPack {
		if deadline < 0 {
			return
		}
		d.hashToObject(e)
	}
	h := hashAt(*e.slot())
	f, p := h.find(name)
	k.saveField(h, f)
	if f.expires() {
		k.disarm(h, f)
	}
	if want := deadline >= 0; f.expires() != want {
		g := k.newField(name, len(f.value()), want)
		copy(g.value(), f.value())
		k.replaceField(f, g, &p)
		f = g
	}
	if deadline >= 0 {
		k.arm(h, f, deadline)
	}
}
