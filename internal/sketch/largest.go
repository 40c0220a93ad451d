package sketch

import "slices"

// Largest remembers the keys that were seen with the largest sizes. One thread
// uses it.
type Largest struct {
	keys []large
	// least is the smallest size that is kept when there is no room for more:
	// most keys are not larger, and cost one comparison.
	least int64
}

type large struct {
	hash  uint64
	space int
	name  []byte
	size  int64
}

// NewLargest returns room for n keys.
func NewLargest(n int) *Largest { return &Largest{keys: make([]large, 0, n)} }

// Wants reports whether a key of that size would be kept.
func (l *Largest) Wants(size int64) bool { return size > l.least || len(l.keys) < cap(l.keys) }

// Note records that a key has a size now. The name is copied.
func (l *Largest) Note(hash uint64, space int, name []byte, size int64) {
	smallest := 0
	for i := range l.keys {
		if k := &l.keys[i]; k.hash == hash && k.space == space {
			k.size = size
			l.measure()
			return
		}
		if l.keys[i].size < l.keys[smallest].size {
			smallest = i
		}
	}
	switch {
	case len(l.keys) < cap(l.keys):
		l.keys = append(l.keys, large{})
		smallest = len(l.keys) - 1
	case size <= l.keys[smallest].size:
		return
	}
	k := &l.keys[smallest]
	k.hash, k.space, k.size = hash, space, size
	k.name = append(k.name[:0], name[:min(len(name), NameMax)]...)
	l.measure()
}

// Refresh asks for the size of every key that is kept, and forgets those for
// which the answer is negative: they are gone. A name that was too long to be
// kept is cut.
func (l *Largest) Refresh(size func(hash uint64, space int, name []byte) int64) {
	kept := l.keys[:0]
	for _, k := range l.keys {
		if k.size = size(k.hash, k.space, k.name); k.size >= 0 {
			kept = append(kept, k)
		}
	}
	clear(l.keys[len(kept):])
	l.keys = kept
	l.measure()
}

func (l *Largest) measure() {
	l.least = 0
	if len(l.keys) == cap(l.keys) {
		l.least = slices.MinFunc(l.keys, func(a, b large) int { return compare(a.size, b.size) }).size
	}
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Each calls f for the n largest keys, the largest first.
func (l *Largest) Each(n int, f func(space int, name []byte, size int64)) {
	slices.SortFunc(l.keys, func(a, b large) int { return compare(b.size, a.size) })
	for i := range l.keys[:min(n, len(l.keys))] {
		f(l.keys[i].space, l.keys[i].name, l.keys[i].size)
	}
}

// Reset forgets everything.
func (l *Largest) Reset() { l.keys, l.least = l.keys[:0], 0 }
