package db

const (
	// NoDeadline says that a key does not expire.
	NoDeadline int64 = -1
	// KeepDeadline says that a key keeps the deadline that it has, if any.
	KeepDeadline int64 = -2
)

// A deadline's part in contents.ttlSum is counted from ttlEpoch in steps of
// 16 ms and bounded to 69 years, so that the sum holds for 2^26 keys of that
// age and 2^30 keys with deadlines in the near future.
const (
	ttlEpoch = 1_600_000_000_000
	ttlShift = 4
	ttlCap   = 1<<41>>ttlShift - 1
)

func ttlPart(deadline int64) int64 {
	return min(max(deadline-ttlEpoch, 0)>>ttlShift, ttlCap)
}

// armDeadline puts e, which has room for it, into the wheel.
func (d *DB) armDeadline(e *Entry, deadline int64) {
	d.volatile++
	d.ttlSum += ttlPart(deadline)
	d.wheel.Add(e.node(), deadline)
}

// dropDeadline takes e out of the wheel if it is there.
func (d *DB) dropDeadline(e *Entry) {
	if e.hasDeadline() {
		d.forgetDeadline(e.node().Deadline())
		d.wheel.Remove(e.node())
	}
}

// forgetDeadline ends the bookkeeping of a deadline.
func (d *DB) forgetDeadline(deadline int64) {
	d.volatile--
	d.ttlSum -= ttlPart(deadline)
}

// SetDeadline makes the key whose hash is hash and whose entry is e expire at
// the Unix time deadline in ms, or never for NoDeadline. It returns the entry,
// which may have moved.
func (d *DB) SetDeadline(hash uint64, e *Entry, deadline int64) *Entry {
	d.change(e)
	d.dropDeadline(e)
	if want := deadline >= 0; e.hasDeadline() != want {
		p := d.locate(hash, e)
		n := d.keys.clone(e, e.Key(), want)
		d.keys.freeShell(e)
		p.Replace(n.ref())
		d.homeHash(n)
		e = n
	}
	if deadline >= 0 {
		d.armDeadline(e, deadline)
	}
	return e
}

// clone allocates an entry with e's value under key. The slot is copied as it
// is: what it refers to has one owner only, so the caller frees e's shell or
// replaces the slot.
func (k *Keyspace) clone(e *Entry, key []byte, deadline bool) *Entry {
	s := shapeOf(e)
	s.keyLen, s.deadline = len(key), deadline
	n := k.newEntry(e.Type(), s, key, e.access())
	if s.enc == encInline {
		copy(n.inline(), e.inline())
	} else {
		*n.slot() = *e.slot()
	}
	return n
}

// Rename gives the value of the key whose hash is hash and whose entry is e to
// target in database to, with its deadline, replacing what is there. The
// caller has checked that source and target differ.
func (d *DB) Rename(hash uint64, e *Entry, to *DB, target []byte, targetHash uint64) {
	d.change(e)
	to.Delete(target, targetHash)
	deadline, has := e.Deadline()
	p := d.locate(hash, e)
	n := d.keys.clone(e, target, has)
	p.Remove()
	d.dropDeadline(e)
	d.keys.freeShell(e)
	to.insert(targetHash, n, deadline)
	to.homeHash(n)
}

// Copy stores a copy of the value of e, deadline included, under target in
// database to, where that key is absent.
func (d *DB) Copy(e *Entry, to *DB, target []byte, targetHash uint64) {
	deadline, has := e.Deadline()
	n := d.keys.clone(e, target, has)
	if e.Type() != TypeString {
		*n.slot() = d.keys.copyCollection(e)
	} else if enc := e.encoding(); enc == encBlock || enc == encBlob {
		from := e.Bytes(nil)
		s := d.keys.newStore(len(from), len(from))
		copy(s.bytes, from)
		n.kind = kindOf(TypeString, s.enc)
		*n.slot() = s.slot
	}
	n.setAccess(d.keys.newAccess())
	to.insert(targetHash, n, deadline)
	to.homeHash(n)
}
