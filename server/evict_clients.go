package server

import (
	"cmp"
	"slices"

	"basalt/command"
	"basalt/pubsub"
)

// clientsLimit is maxmemory-clients in bytes, 0 for no limit.
func (x *executor) clientsLimit() int64 {
	n := x.server.config.MaxMemoryClients
	switch {
	case n == 0 || n < 0 && x.memory.limit == 0:
		return 0
	case n < 0:
		n = x.memory.limit/100*-n + x.memory.limit%100*-n/100
	}
	return max(n, clientsLimitMin)
}

// clientsLimitMin is the least limit, in bytes, as in Redis: with less nobody could
// connect to raise it.
const clientsLimitMin = 128 << 10

// clientsMemory is what all connections take: their records, what they have sent
// and is not executed, what they have not read, what they have queued, and what they
// watch, subscribed to and are told of.
func (x *executor) clientsMemory() int64 {
	standing := x.watched.count*watchBytes + x.publisher.topics.Subscriptions()*pubsub.SubscriptionBytes + x.track.prefixCount*prefixBytes
	return int64(len(x.sessions.byID)*sessionBytes) + x.buffered() + x.queuedBytes + int64(standing)
}

// buffered is what is in the buffers of all connections. Any thread.
func (x *executor) buffered() (total int64) {
	for _, r := range x.server.reactors {
		total += r.buffered.Load()
	}
	return total
}

// largestClients is how many of the largest connections one look at all of them
// finds.
const largestClients = 16

// clientSize is a connection by what it took when it was looked at.
type clientSize struct {
	id   int64
	size int64
}

// crowd is what a look at all connections has found so far.
type crowd struct {
	largest []clientSize // in order
	// goingBytes is what those take that are cut off and not closed yet.
	goingBytes int64
}

func (x *executor) beginCrowd() {
	x.crowd = crowd{largest: x.crowd.largest[:0]}
	x.sessions.evicting.next = x.sessions.head
}

// evictClients begins to look for the connections that take the most memory if
// all together are over maxmemory-clients. It is called some times a second.
func (x *executor) evictClients() {
	if limit := x.clientsLimit(); limit > 0 && x.sessions.evicting.next == nil && x.clientsMemory() > limit {
		x.beginCrowd()
	}
}

// evictClientsStep does a slice of that and, with the last one, closes the
// largest of them until the rest is within the limit. Those with CLIENT NO-EVICT
// stay. It reports whether there is more to do.
func (x *executor) evictClientsStep() bool {
	if x.sessions.evicting.next == nil {
		return false
	}
	if x.sessions.evicting.step(x.weigh) {
		return true
	}
	limit, total := x.clientsLimit(), x.clientsMemory()-x.crowd.goingBytes
	for _, c := range x.crowd.largest {
		s := x.sessions.byID[c.id]
		if limit <= 0 || total <= limit {
			return false
		}
		if s == nil || s.Flags&(command.NoEvict|command.CloseNow) != 0 {
			continue
		}
		x.server.log.Info().Int64("id", s.ID).Str("client", s.Addr).Int64("bytes", c.size).
			Int64("limit", limit).Msg("evicting client")
		x.counters.evictedClients++
		total -= c.size
		x.cut(s)
	}
	if len(x.crowd.largest) < largestClients || total <= limit {
		return false
	}
	x.beginCrowd()
	return true
}

// weigh puts a connection among the largest if it is one of them.
func (x *executor) weigh(s *session) {
	c, w := clientSize{s.ID, s.memory()}, &x.crowd
	switch {
	case s.Flags&command.CloseNow != 0:
		w.goingBytes += c.size
		return
	case s.Flags&command.NoEvict != 0:
		return
	case len(w.largest) == largestClients:
		if c.size <= w.largest[largestClients-1].size {
			return
		}
		w.largest = w.largest[:largestClients-1]
	}
	at, _ := slices.BinarySearchFunc(w.largest, c, func(a, b clientSize) int { return cmp.Compare(b.size, a.size) })
	w.largest = slices.Insert(w.largest, at, c)
}

// memory is what the connection takes.
func (s *session) memory() int64 {
	return int64(sessionBytes) + int64(s.conn.stat.queryBuf.Load()) + int64(s.conn.stat.outHeld.Load()) + int64(s.queuedBytes+s.standingBytes())
}
