package tracking

import (
	"bytes"
	"slices"
	"strings"
)

// Prefixes is the clients that want to hear of all keys with certain prefixes,
// and the keys with those prefixes that changed since they were told last.
type Prefixes[C comparable] struct {
	byText map[string]*Prefix[C]
	// lengths is the different lengths of the prefixes, ascending: a change
	// looks for one prefix of each.
	lengths []lengthCount
	changed []*Prefix[C] // those with changes
	keys    []byte       // of the changes, one behind the other
}

type lengthCount struct{ length, prefixes int }

// Prefix is the clients of one prefix.
type Prefix[C comparable] struct {
	text    string
	clients []C
	places  map[C]int // in clients
	changes []change[C]
}

// change is a key in Prefixes.keys that changed, and the client that did it.
type change[C comparable] struct {
	from, to int
	by       C
}

// keysKept is the memory for keys that is kept from one round to the next.
const keysKept = 64 << 10

// Len returns the number of prefixes.
func (p *Prefixes[C]) Len() int { return len(p.byText) }

// Add makes c hear of keys with the prefix. It reports whether that is new.
func (p *Prefixes[C]) Add(c C, text string) bool {
	x := p.byText[text]
	if x == nil {
		x = &Prefix[C]{text: text, places: make(map[C]int)}
		if p.byText == nil {
			p.byText = make(map[string]*Prefix[C])
		}
		p.byText[text] = x
		i, found := p.length(len(text))
		if !found {
			p.lengths = slices.Insert(p.lengths, i, lengthCount{length: len(text)})
		}
		p.lengths[i].prefixes++
	}
	if _, has := x.places[c]; has {
		return false
	}
	x.places[c] = len(x.clients)
	x.clients = append(x.clients, c)
	return true
}

func (p *Prefixes[C]) length(n int) (int, bool) {
	return slices.BinarySearchFunc(p.lengths, n, func(l lengthCount, n int) int { return l.length - n })
}

// Remove ends what Add began. What changed for a prefix that nobody wants any
// more is forgotten.
func (p *Prefixes[C]) Remove(c C, text string) {
	x := p.byText[text]
	if x == nil {
		return
	}
	i, has := x.places[c]
	if !has {
		return
	}
	last := len(x.clients) - 1
	moved := x.clients[last]
	x.clients[i] = moved
	x.places[moved] = i
	delete(x.places, c)
	x.clients = slices.Delete(x.clients, last, last+1)
	if last > 0 {
		return
	}
	x.changes = nil
	delete(p.byText, text)
	at, _ := p.length(len(text))
	if p.lengths[at].prefixes--; p.lengths[at].prefixes == 0 {
		p.lengths = slices.Delete(p.lengths, at, at+1)
	}
}

// Changed notes that a client, or nobody, which is the zero C, changed the key.
func (p *Prefixes[C]) Changed(key []byte, by C) {
	from := -1
	for _, l := range p.lengths {
		if l.length > len(key) {
			return
		}
		x := p.byText[string(key[:l.length])]
		if x == nil {
			continue
		}
		if from < 0 {
			from = len(p.keys)
			p.keys = append(p.keys, key...)
		}
		if len(x.changes) == 0 {
			p.changed = append(p.changed, x)
		}
		x.changes = append(x.changes, change[C]{from, len(p.keys), by})
	}
}

// Pending reports whether there are changes.
func (p *Prefixes[C]) Pending() bool { return len(p.changed) != 0 }

// Round hands the prefixes with changes to tell, in their order, and forgets the
// changes.
func (p *Prefixes[C]) Round(tell func(x *Prefix[C])) {
	slices.SortFunc(p.changed, func(a, b *Prefix[C]) int { return strings.Compare(a.text, b.text) })
	for _, x := range p.changed {
		if len(x.changes) != 0 { // else the prefix is gone
			p.settle(x)
			tell(x)
			x.changes = x.changes[:0]
			if cap(x.changes) > keysKept/32 {
				x.changes = nil
			}
		}
	}
	clear(p.changed)
	p.changed, p.keys = p.changed[:0], p.keys[:0]
	if cap(p.keys) > keysKept {
		p.keys, p.changed = nil, nil
	}
}

// settle sorts the changes by their keys and leaves the last one of each.
func (p *Prefixes[C]) settle(x *Prefix[C]) {
	key := func(c change[C]) []byte { return p.keys[c.from:c.to] }
	slices.Reverse(x.changes)
	slices.SortStableFunc(x.changes, func(a, b change[C]) int { return bytes.Compare(key(a), key(b)) })
	x.changes = slices.CompactFunc(x.changes, func(a, b change[C]) bool { return bytes.Equal(key(a), key(b)) })
}

// Clients returns the clients of the prefix. The slice is good until the next
// Add or Remove.
func (x *Prefix[C]) Clients() []C { return x.clients }

// AppendKeys appends the keys that changed to keys, in order, without those
// that except changed last, unless that is the zero C. They are good until
// Round returns.
func (p *Prefixes[C]) AppendKeys(keys [][]byte, x *Prefix[C], except C) [][]byte {
	var nobody C
	for _, c := range x.changes {
		if except == nobody || c.by != except {
			keys = append(keys, p.keys[c.from:c.to])
		}
	}
	return keys
}
