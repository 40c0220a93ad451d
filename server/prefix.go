package server

import (
	"slices"

	"basalt/db"
)

// prefix is what keys that begin alike are used for: one of metrics-key-prefixes.
type prefix struct {
	text         string
	hits, misses int64
	in, out      int64 // bytes of commands and of replies
	evicted      int64
}

// prefixOf returns the longest prefix that a key begins with, or nil.
func (o *observer) prefixOf(key []byte) *prefix {
	for i := range o.prefixes {
		if p := &o.prefixes[i]; len(key) >= len(p.text) && string(key[:len(p.text)]) == p.text {
			return p
		}
	}
	return nil
}

// setPrefixes takes over metrics-key-prefixes. Those that stay count on.
func (x *executor) setPrefixes(texts []string) {
	o := &x.observer
	old := o.prefixes
	o.prefixes = nil
	for _, text := range texts {
		p := prefix{text: text}
		if k := slices.IndexFunc(old, func(p prefix) bool { return p.text == text }); k >= 0 {
			p = old[k]
		}
		o.prefixes = append(o.prefixes, p)
	}
	slices.SortStableFunc(o.prefixes, func(a, b prefix) int { return len(b.text) - len(a.text) })
	x.keys.OnRead = nil
	if len(o.prefixes) != 0 {
		x.keys.OnRead = x.prefixRead
	}
}

// prefixRead counts a look-up of a key for reading.
func (x *executor) prefixRead(key []byte, hit bool) {
	p := x.observer.prefixOf(key)
	switch {
	case p == nil:
	case hit:
		p.hits++
	default:
		p.misses++
	}
}

// evicted is told of each key that is evicted.
func (x *executor) evicted(d *db.DB, key []byte) {
	x.ctx.KeyEvicted(d, key)
	if p := x.observer.prefixOf(key); p != nil {
		p.evicted++
	}
}

// resetPrefixes is CONFIG RESETSTAT.
func (o *observer) resetPrefixes() {
	for i := range o.prefixes {
		p := &o.prefixes[i]
		*p = prefix{text: p.text}
	}
}
