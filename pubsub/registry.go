// Package pubsub is who receives what is published: a registry of channels,
// patterns and shard channels with their subscribers. It knows nothing of
// connections or of the protocol; O is what it hands back for a subscriber.
//
// Nothing here is safe for concurrent use.
package pubsub

import (
	"reflect"
	"slices"
)

// Kind says what the name of a topic means.
type Kind uint8

// The kinds. Each has names of its own.
const (
	Channels Kind = iota // names of channels
	Patterns             // glob patterns over those
	Shards               // names of shard channels, which no pattern matches
	kinds
)

// Registry is all topics that somebody subscribed to. A topic without
// subscribers is forgotten.
type Registry[O any] struct {
	topics [kinds]map[string]*Topic[O]
	index  index[O]
	count  int // subscriptions
}

// New returns an empty registry.
func New[O any]() *Registry[O] {
	r := &Registry[O]{}
	for k := range r.topics {
		r.topics[k] = make(map[string]*Topic[O])
	}
	r.index.init()
	return r
}

// Topic is a channel, a pattern or a shard channel that has subscribers.
type Topic[O any] struct {
	name string
	kind Kind
	// owners and subscriptions are parallel: those who walk over the receivers
	// of a message need no more than the owners.
	owners        []O
	subscriptions []*subscription[O]

	// For patterns: the name once more, and where the index has it.
	pattern    []byte
	key        uint64
	ends       ends
	prev, next *Topic[O]
}

// Name is the name of the channel, or the pattern.
func (t *Topic[O]) Name() string { return t.name }

// Pattern is the name of a pattern as bytes, which stay as they are.
func (t *Topic[O]) Pattern() []byte { return t.pattern }

// Receivers returns the owners of the subscribers. The slice is the topic's and
// good until the next change of the registry.
func (t *Topic[O]) Receivers() []O { return t.owners }

// subscription is a subscriber's to a topic. It knows its place in both lists.
type subscription[O any] struct {
	topic      *Topic[O]
	subscriber *Subscriber[O]
	place      int // in the topic's list
	rank       int // in the subscriber's
}

// Subscriber is one end of subscriptions. The zero value with its Owner set has
// none.
type Subscriber[O any] struct {
	// Owner is what the registry returns for this subscriber. It does not change
	// while there are subscriptions.
	Owner O
	lists [kinds][]*subscription[O]
	// byTopic finds one among many; nil while there are few.
	byTopic map[*Topic[O]]*subscription[O]
}

// fewSubscriptions is how many subscriptions of a kind are looked through
// rather than found in a map.
const fewSubscriptions = 8

// Subscriptions returns how many s has.
func (s *Subscriber[O]) Subscriptions() (n int) {
	for _, list := range s.lists {
		n += len(list)
	}
	return n
}

// Count returns the subscriptions of a kind.
func (s *Subscriber[O]) Count(k Kind) int { return len(s.lists[k]) }

// First returns the name of a topic of a kind that s subscribed to: the one
// that it has longest, as long as it ended none. There has to be one.
func (s *Subscriber[O]) First(k Kind) string { return s.lists[k][0].topic.name }

func (s *Subscriber[O]) find(t *Topic[O]) *subscription[O] {
	if s.byTopic != nil {
		return s.byTopic[t]
	}
	for _, p := range s.lists[t.kind] {
		if p.topic == t {
			return p
		}
	}
	return nil
}

// Subscribe makes s receive what is published on a topic, and reports whether
// it did not before. The name is copied.
func (r *Registry[O]) Subscribe(s *Subscriber[O], k Kind, name []byte) bool {
	t := r.topics[k][string(name)]
	if t == nil {
		t = &Topic[O]{name: string(name), kind: k}
		r.topics[k][t.name] = t
		if k == Patterns {
			t.pattern = []byte(t.name)
			r.index.add(t)
		}
	} else if s.find(t) != nil {
		return false
	}
	p := &subscription[O]{topic: t, subscriber: s, place: len(t.owners), rank: len(s.lists[k])}
	r.count++
	t.owners = append(t.owners, s.Owner)
	t.subscriptions = append(t.subscriptions, p)
	s.lists[k] = append(s.lists[k], p)
	switch {
	case s.byTopic != nil:
		s.byTopic[t] = p
	case len(s.lists[k]) > fewSubscriptions:
		s.byTopic = make(map[*Topic[O]]*subscription[O], 2*fewSubscriptions)
		for _, list := range s.lists {
			for _, q := range list {
				s.byTopic[q.topic] = q
			}
		}
	}
	return true
}

// Unsubscribe ends a subscription, and reports whether there was one.
func (r *Registry[O]) Unsubscribe(s *Subscriber[O], k Kind, name []byte) bool {
	t := r.topics[k][string(name)]
	if t == nil {
		return false
	}
	p := s.find(t)
	if p == nil {
		return false
	}
	last := len(s.lists[k]) - 1
	moved := s.lists[k][last]
	s.lists[k][p.rank], s.lists[k][last] = moved, nil
	moved.rank = p.rank
	s.lists[k] = s.lists[k][:last]
	delete(s.byTopic, t)
	r.leave(p)
	if s.empty() {
		s.forget()
	}
	return true
}

// Drop ends all subscriptions of s.
func (r *Registry[O]) Drop(s *Subscriber[O]) {
	for _, list := range s.lists {
		for _, p := range list {
			r.leave(p)
		}
	}
	s.forget()
}

func (s *Subscriber[O]) empty() bool {
	for _, list := range s.lists {
		if len(list) != 0 {
			return false
		}
	}
	return true
}

// forget lets go of the memory of lists that are empty.
func (s *Subscriber[O]) forget() {
	s.byTopic = nil
	clear(s.lists[:])
}

// leave takes a subscription out of its topic's list, and forgets a topic that
// nobody is left of.
func (r *Registry[O]) leave(p *subscription[O]) {
	r.count--
	t := p.topic
	last := len(t.owners) - 1
	if last == 0 {
		delete(r.topics[t.kind], t.name)
		if t.kind == Patterns {
			r.index.remove(t)
		}
		return
	}
	moved := t.subscriptions[last]
	t.owners[p.place], t.subscriptions[p.place] = t.owners[last], moved
	moved.place = p.place
	var none O
	t.owners[last], t.subscriptions[last] = none, nil
	t.owners, t.subscriptions = t.owners[:last], t.subscriptions[:last]
	if cap(t.owners) > shrinkFrom && last < cap(t.owners)/4 {
		t.owners = slices.Clip(slices.Clone(t.owners))
		t.subscriptions = slices.Clip(slices.Clone(t.subscriptions))
	}
}

// shrinkFrom is the capacity from which the list of a topic is made smaller
// when most of its subscribers have gone.
const shrinkFrom = 64

// Find returns the topic of a name, or nil if nobody subscribed to it. It does
// not allocate.
func (r *Registry[O]) Find(k Kind, name []byte) *Topic[O] { return r.topics[k][string(name)] }

// Matching appends to dst the patterns that match a channel.
func (r *Registry[O]) Matching(channel []byte, dst []*Topic[O]) []*Topic[O] {
	return r.index.matching(channel, dst)
}

// SubscriptionBytes is the memory of a subscription, with its places in both lists
// and in a subscriber's map; that of the topic is everybody's.
var SubscriptionBytes = int(reflect.TypeFor[subscription[*int]]().Size() + 5*reflect.TypeFor[uintptr]().Size())

// Subscriptions returns how many there are.
func (r *Registry[O]) Subscriptions() int { return r.count }

// Len returns the topics of a kind.
func (r *Registry[O]) Len(k Kind) int { return len(r.topics[k]) }

// Each calls f for the topics of a kind, in no order, until it returns false.
func (r *Registry[O]) Each(k Kind, f func(*Topic[O]) bool) {
	for _, t := range r.topics[k] {
		if !f(t) {
			return
		}
	}
}
