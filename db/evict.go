package db

import (
	"basalt/db/arena"
	"basalt/db/table"
	"basalt/db/wheel"
)

// Eviction chooses keys to remove by drawing some at random and keeping the best
// candidates from one time to the next, as Redis does: with five drawn each time
// the choice is close to that among all keys. A candidate that has been used
// since is let go.

// Victims is which keys may be evicted, and by what they are chosen.
type Victims struct {
	By Criterion
	// Volatile leaves keys without a deadline alone.
	Volatile bool
	// Samples is how many keys are drawn for a choice.
	Samples int
}

// Criterion is what makes a key the one to evict.
type Criterion uint8

const (
	// ByUse: what the access bits say, of Policy.Access.
	ByUse Criterion = iota
	// AtRandom: nothing.
	AtRandom
	// ByDeadline: the key that expires first.
	ByDeadline
)

const (
	// candidatesKept is how many candidates are kept between choices.
	candidatesKept = 16
	// samplesMax bounds the keys drawn for one choice.
	samplesMax = 64
	// scarceVolatile is the share, one in so many, of keys with a deadline below
	// which they are drawn from the wheel rather than among all.
	scarceVolatile = 16
	// drawsMax bounds how often some are drawn among all keys to find those that
	// have a deadline.
	drawsMax = 16 * scarceVolatile
)

// ahead is the random numbers of the next choices in a database: what the first
// of them stands for, bucket and keys, is being loaded from memory, of the second
// the bucket. A command that evicts has no time to wait for either.
type ahead [2]uint64

// candidate is a key that may be evicted. By the time its turn comes it may have
// gone or moved.
type candidate struct {
	rank uint64 // the higher, the sooner it goes
	hash uint64
	ref  arena.Ref
	db   int32
}

// candidates are the best ones known, the best last.
type candidates struct {
	list  [candidatesKept]candidate
	count int
	by    Victims // what they were chosen by
}

// Evict removes one key, telling OnEvict, and reports whether there was one to
// remove. What it takes may be given back later, by Reclaim.
func (k *Keyspace) Evict(v Victims) bool {
	if v.By == AtRandom {
		return k.evictAny(v)
	}
	c := &k.candidates
	if c.by != v {
		*c = candidates{by: v}
	}
	for {
		if !k.drawCandidates(v) && c.count == 0 {
			return false
		}
		for c.count > 0 {
			c.count--
			x := c.list[c.count]
			d := k.dbs[x.db]
			if e := d.entryOf(x.hash, x.ref); e != nil && (!v.Volatile || e.hasDeadline()) && k.rank(v.By, e) >= x.rank {
				d.evict(x.hash, e)
				k.prefetchBest()
				return true
			}
		}
	}
}

// Evictable reports whether there is a key that Evict could choose.
func (k *Keyspace) Evictable(v Victims) bool {
	for _, d := range k.dbs {
		if d.volatile > 0 || !v.Volatile && d.Len() > 0 {
			return true
		}
	}
	return false
}

// prefetchBest starts loading what the removal of the best candidate needs, should
// it be the next.
func (k *Keyspace) prefetchBest() {
	if c := &k.candidates; c.count > 0 {
		best := &c.list[c.count-1]
		arena.Prefetch(best.ref.Ptr())
		k.dbs[best.db].table.Prefetch(best.hash)
		k.frequencies.ghosts.prefetch(best.hash)
	}
}

// entryOf returns the entry at ref if it is still that of a key with that hash.
func (d *DB) entryOf(hash uint64, ref arena.Ref) *Entry {
	p := d.table.Find(hash)
	for {
		switch p.Next() {
		case ref:
			if e := entryAt(ref); Hash(e.Key()) == hash {
				return e
			}
			return nil
		case 0:
			return nil
		}
	}
}

func (d *DB) evict(hash uint64, e *Entry) {
	k := d.keys
	k.Evicted++
	if k.Policy.Access == ByFrequency {
		k.remember(hash, e)
	}
	if k.OnEvict != nil {
		k.OnEvict(d, e.Key())
	}
	d.Remove(hash, e)
}

// rank says how soon e has to go.
func (k *Keyspace) rank(by Criterion, e *Entry) uint64 {
	switch {
	case by == ByDeadline:
		return 1<<63 - uint64(max(0, e.node().Deadline()))
	case k.Policy.Access == ByCounter:
		return uint64(255 - k.lfuDecayed(e))
	case k.Policy.Access == ByFrequency:
		return uint64(frequencyMax-k.frequency(e))<<frequencyBits | uint64(k.unusedTicks(e))
	}
	// By the time of the last use, which unlike the age does not change.
	return 1<<62 - uint64(k.now/1000-k.Idle(e))
}

// drawCandidates draws some keys of every database. It reports whether there
// were any.
func (k *Keyspace) drawCandidates(v Victims) bool {
	any := false
	for _, d := range k.dbs {
		var drawn [samplesMax]arena.Ref
		n := d.draw(drawn[:min(v.Samples, samplesMax)], v)
		for _, r := range drawn[:n] {
			arena.Prefetch(r.Ptr())
		}
		for _, r := range drawn[:n] {
			any = true
			k.offer(d, entryAt(r), v.By)
		}
	}
	return any
}

// offer takes e into the candidates if it is better than the worst of them.
func (k *Keyspace) offer(d *DB, e *Entry, by Criterion) {
	c, rank := &k.candidates, k.rank(by, e)
	if c.count == candidatesKept && rank <= c.list[0].rank {
		return
	}
	ref := e.ref()
	at := c.count
	for i := c.count - 1; i >= 0; i-- {
		if c.list[i].ref == ref {
			return
		}
		if c.list[i].rank > rank {
			at = i
		}
	}
	x := candidate{rank: rank, hash: Hash(e.Key()), ref: ref, db: int32(d.index)}
	if c.count < candidatesKept {
		copy(c.list[at+1:], c.list[at:c.count])
		c.list[at] = x
		c.count++
		return
	}
	copy(c.list[:at-1], c.list[1:at])
	c.list[at-1] = x
}

// draw fills refs with keys that may be evicted, and returns how many there are.
// The same may be among them twice.
func (d *DB) draw(refs []arena.Ref, v Victims) int {
	switch {
	case d.Len() == 0 || v.Volatile && d.volatile == 0:
		return 0
	case v.By == ByDeadline:
		n := 0
		d.wheel.Earliest(len(refs), func(x *wheel.Node) {
			refs[n] = entryOfNode(x).ref()
			n++
		})
		return n
	case !v.Volatile || d.volatile >= d.Len()/scarceVolatile:
		if n := d.drawAmongAll(refs, v.Volatile); n > 0 {
			return n
		}
	}
	n := 0
	d.wheel.Draw(len(refs), random(), func(x *wheel.Node) {
		refs[n] = entryOfNode(x).ref()
		n++
	})
	return n
}

// drawAmongAll is draw by the table: keys that stand side by side there, which says
// nothing of how they are used. One alone is any key with the same probability.
func (d *DB) drawAmongAll(refs []arena.Ref, volatile bool) int {
	cells := min(len(refs)*8/5, table.Cells) // a third of them is free
	// For one or two more another draw, whose keys nobody has loaded, is not worth
	// its time.
	enough := max(1, len(refs)-2)
	n := 0
	for range drawsMax {
		got := d.table.Sample(d.nextDraw(cells), cells, refs[n:])
		for _, r := range refs[n : n+got] {
			if !volatile || entryAt(r).hasDeadline() {
				refs[n] = r
				n++
			}
		}
		if n >= enough {
			return n
		}
	}
	if n == 0 && !volatile {
		refs[0] = d.table.Random(random) // all but empty
		n = 1
	}
	return n
}

// nextDraw returns the random number of a draw whose keys are on their way, and
// sends for those of the next two.
func (d *DB) nextDraw(cells int) uint64 {
	a := &d.ahead
	now := a[0]
	a[0], a[1] = a[1], random()
	d.table.PrefetchSampled(a[0], cells)
	d.table.PrefetchSample(a[1])
	return now
}

// evictAny removes a key drawn at random, each database having its turn.
func (k *Keyspace) evictAny(v Victims) bool {
	for range k.dbs {
		k.evictFrom = (k.evictFrom + 1) % len(k.dbs)
		var one [1]arena.Ref
		d := k.dbs[k.evictFrom]
		if d.draw(one[:], v) == 1 {
			e := entryAt(one[0])
			d.evict(Hash(e.Key()), e)
			return true
		}
	}
	return false
}
