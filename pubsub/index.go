package pubsub

import (
	"math/bits"
	"math/rand/v2"

	"basalt/internal/glob"
)

// The patterns that match a channel are found without a look at the others. A
// match begins with the literal bytes in front of a pattern's first wildcard and
// ends with those behind its last one. So a table finds patterns by these two
// ends, and a set says which lengths they have. For a channel each pair of
// lengths that fits is one look-up; what it finds is matched in full.
//
//	user:*:inbox   prefix "user:" (5), suffix ":inbox" (6)
//	*:42           prefix "" (0),      suffix ":42" (3)
//	exact          prefix "exact" (5), suffix "" (0)
//
// Applications have a handful of shapes of patterns, and as many pairs times
// some lengths of numbers. Ends are cut to endMax bytes, which bounds the pairs
// whatever strangers subscribe to. Hashes of all prefixes and suffixes of a
// channel come from one pass each: polynomials modulo 2^61-1 at a random point,
// so that nobody can choose patterns that share a hash without sharing ends.
type index[O any] struct {
	point uint64
	heads map[uint64]*Topic[O] // first of those with the same key
	// pairs are the lengths of ends that occur, at says where in pairs.
	pairs []pair
	at    map[ends]int
	// prefixes and suffixes count pairs by one of their lengths, for the longest
	// of each.
	prefixes, suffixes lengths
	// Scratch of matching: hashes of the ends of a channel by length.
	prefixHash, suffixHash [endMax + 1]uint64
}

// endMax is how many bytes of an end count.
const endMax = 127

// ends is the lengths of a pattern's two ends.
type ends struct{ prefix, suffix uint8 }

// pair is ends that some patterns have.
type pair struct {
	ends
	count int
}

// lengths counts what has a length.
type lengths struct {
	count   [endMax + 1]int
	longest int
}

func (l *lengths) add(n uint8) {
	l.count[n]++
	l.longest = max(l.longest, int(n))
}

func (l *lengths) remove(n uint8) {
	l.count[n]--
	for l.longest > 0 && l.count[l.longest] == 0 {
		l.longest--
	}
}

func (x *index[O]) init() {
	x.point = rand.Uint64N(prime-2) + 2
	x.heads = make(map[uint64]*Topic[O])
	x.at = make(map[ends]int)
}

const prime = 1<<61 - 1

// extend is the hash of what h is the hash of with c behind it.
func (x *index[O]) extend(h uint64, c byte) uint64 {
	high, low := bits.Mul64(h, x.point)
	h = (high<<3 | low>>61) + low&prime + uint64(c) + 1
	return h&prime + h>>61
}

// key makes one of two hashes, with the lengths that they are of.
func key(prefix, suffix uint64, e ends) uint64 {
	return prefix*0x9e3779b97f4a7c15 ^ bits.RotateLeft64(suffix*0xc2b2ae3d27d4eb4f, 32) ^
		uint64(e.prefix)<<8 ^ uint64(e.suffix)
}

// place computes where a pattern belongs.
func (x *index[O]) place(pattern string) (uint64, ends) {
	prefix, suffix := glob.Ends([]byte(pattern), nil, nil)
	prefix = prefix[:min(len(prefix), endMax)]
	suffix = suffix[max(0, len(suffix)-endMax):]
	p, s := uint64(0), uint64(0)
	for _, c := range prefix {
		p = x.extend(p, c)
	}
	for i := len(suffix) - 1; i >= 0; i-- {
		s = x.extend(s, suffix[i])
	}
	e := ends{uint8(len(prefix)), uint8(len(suffix))}
	return key(p, s, e), e
}

func (x *index[O]) add(t *Topic[O]) {
	t.key, t.ends = x.place(t.name)
	head := x.heads[t.key]
	t.next = head
	if head != nil {
		head.prev = t
	}
	x.heads[t.key] = t
	i, ok := x.at[t.ends]
	if !ok {
		i = len(x.pairs)
		x.at[t.ends] = i
		x.pairs = append(x.pairs, pair{ends: t.ends})
		x.prefixes.add(t.ends.prefix)
		x.suffixes.add(t.ends.suffix)
	}
	x.pairs[i].count++
}

func (x *index[O]) remove(t *Topic[O]) {
	switch {
	case t.prev != nil:
		t.prev.next = t.next
	case t.next != nil:
		x.heads[t.key] = t.next
	default:
		delete(x.heads, t.key)
	}
	if t.next != nil {
		t.next.prev = t.prev
	}
	t.prev, t.next = nil, nil
	i := x.at[t.ends]
	if x.pairs[i].count--; x.pairs[i].count > 0 {
		return
	}
	last := len(x.pairs) - 1
	x.pairs[i] = x.pairs[last]
	x.at[x.pairs[i].ends] = i
	x.pairs = x.pairs[:last]
	delete(x.at, t.ends)
	x.prefixes.remove(t.ends.prefix)
	x.suffixes.remove(t.ends.suffix)
}

func (x *index[O]) matching(channel []byte, dst []*Topic[O]) []*Topic[O] {
	if len(x.pairs) == 0 {
		return dst
	}
	h := uint64(0)
	for i, c := range channel[:min(len(channel), x.prefixes.longest)] {
		h = x.extend(h, c)
		x.prefixHash[i+1] = h
	}
	h = 0
	for i := range min(len(channel), x.suffixes.longest) {
		h = x.extend(h, channel[len(channel)-1-i])
		x.suffixHash[i+1] = h
	}
	for i := range x.pairs {
		e := x.pairs[i].ends
		if int(e.prefix)+int(e.suffix) > len(channel) {
			continue
		}
		for t := x.heads[key(x.prefixHash[e.prefix], x.suffixHash[e.suffix], e)]; t != nil; t = t.next {
			if glob.Match(t.pattern, channel, false) {
				dst = append(dst, t)
			}
		}
	}
	return dst
}
