// Package sketch finds the heaviest keys of a stream in bounded memory, by
// Space-Saving (Metwally, Agrawal, El Abbadi: Efficient computation of frequent
// and top-k elements in data streams, 2005): a fixed number of counters, and a
// key that has none takes over the smallest, with its count as a possible error.
// A key whose share of the stream is larger than one over the number of counters
// is never missed, and no count is too small.
//
// Counters stand in a heap, the smallest on top, and are found by a hash table
// with linear probing. Adding costs two or three cache lines and, once the room
// for the names is there, no memory.
package sketch

import "slices"

// NameMax is how many bytes of a name are kept. Longer names that begin alike
// stay apart: their hashes do.
const NameMax = 1024

// Top is the heaviest keys of a stream. One thread uses it.
type Top struct {
	counters []counter
	heap     []int32 // of counters, by count
	table    []int32 // number of the counter, from 1; 0 is free
	total    float64
}

type counter struct {
	hash  uint64
	space int
	name  []byte
	count float64
	error float64 // what of count may be another key's
	place int32   // in the heap
}

// Key is a key of the stream with its weight. The name is a view.
type Key struct {
	Hash   uint64
	Space  int // the number it was added with
	Name   []byte
	Weight float64 // at least the true one
	Sure   float64 // at most the true one
}

// New returns a sketch with n counters.
func New(n int) *Top {
	size := 1
	for size < 2*n {
		size *= 2
	}
	return &Top{counters: make([]counter, 0, n), heap: make([]int32, 0, n), table: make([]int32, size)}
}

// Add adds weight, which is not negative, to a key. The hash names it, together
// with the number of the space that it belongs to; the name is copied.
func (t *Top) Add(hash uint64, space int, name []byte, weight float64) {
	t.total += weight
	hash = spread(hash, space)
	slot := t.find(hash)
	if n := t.table[slot]; n != 0 {
		c := &t.counters[n-1]
		c.count += weight
		t.down(int(c.place))
		return
	}
	if len(t.counters) < cap(t.counters) {
		n := int32(len(t.counters))
		t.counters = append(t.counters, counter{hash: hash, space: space, place: n, count: weight})
		t.heap = append(t.heap, n)
		t.counters[n].setName(name)
		t.table[slot] = n + 1
		t.up(int(n))
		return
	}
	n := t.heap[0]
	c := &t.counters[n]
	t.remove(c.hash)
	c.hash, c.space, c.error = hash, space, c.count
	c.count += weight
	c.setName(name)
	t.table[t.find(hash)] = n + 1
	t.down(0)
}

// spread makes keys of one name in different spaces different.
func spread(hash uint64, space int) uint64 { return hash + uint64(space)*0x9e3779b97f4a7c15 }

func (c *counter) setName(name []byte) {
	c.name = append(c.name[:0], name[:min(len(name), NameMax)]...)
}

// find returns the slot of the hash, or the free one where it would be.
func (t *Top) find(hash uint64) int {
	mask := len(t.table) - 1
	for slot := int(hash) & mask; ; slot = (slot + 1) & mask {
		if n := t.table[slot]; n == 0 || t.counters[n-1].hash == hash {
			return slot
		}
	}
}

// remove takes the hash out of the table and closes the gap behind it.
func (t *Top) remove(hash uint64) {
	mask := len(t.table) - 1
	gap := t.find(hash)
	for slot := (gap + 1) & mask; t.table[slot] != 0; slot = (slot + 1) & mask {
		home := int(t.counters[t.table[slot]-1].hash) & mask
		if (slot-home)&mask >= (slot-gap)&mask {
			t.table[gap] = t.table[slot]
			gap = slot
		}
	}
	t.table[gap] = 0
}

func (t *Top) less(i, k int) bool { return t.counters[t.heap[i]].count < t.counters[t.heap[k]].count }

func (t *Top) swap(i, k int) {
	t.heap[i], t.heap[k] = t.heap[k], t.heap[i]
	t.counters[t.heap[i]].place, t.counters[t.heap[k]].place = int32(i), int32(k)
}

func (t *Top) up(i int) {
	for i > 0 && t.less(i, (i-1)/2) {
		t.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (t *Top) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(t.heap) {
			return
		}
		if child+1 < len(t.heap) && t.less(child+1, child) {
			child++
		}
		if !t.less(child, i) {
			return
		}
		t.swap(i, child)
		i = child
	}
}

// Scale multiplies all weights, so that what was long ago counts less.
func (t *Top) Scale(factor float64) {
	for i := range t.counters {
		t.counters[i].count *= factor
		t.counters[i].error *= factor
	}
	t.total *= factor
}

// Total is the weight of the whole stream.
func (t *Top) Total() float64 { return t.total }

// Heaviest appends the n heaviest keys to list, the heaviest first. A key with
// less than half of its weight sure is left out with sure: it may be one that
// has only just come.
func (t *Top) Heaviest(list []Key, n int, sure bool) []Key {
	from := len(list)
	for i := range t.counters {
		c := &t.counters[i]
		if c.count <= 0 || sure && c.error > c.count/2 {
			continue
		}
		list = append(list, Key{Hash: spread(c.hash, -c.space), Space: c.space, Name: c.name,
			Weight: c.count, Sure: c.count - c.error})
	}
	slices.SortFunc(list[from:], func(a, b Key) int {
		switch {
		case a.Weight > b.Weight:
			return -1
		case a.Weight < b.Weight:
			return 1
		}
		return slices.Compare(a.Name, b.Name)
	})
	return list[:min(len(list), from+n)]
}

// Reset forgets everything.
func (t *Top) Reset() {
	t.counters, t.heap, t.total = t.counters[:0], t.heap[:0], 0
	clear(t.table)
}
