package server

import (
	"cmp"
	"slices"

	"basalt/command"
)

// clientsLimit is maxmemory-clients in bytes, 0 for no limit.
func (x *executor) clientsLimit() int64 {
	n := x.server.config.MaxMemoryClients
	if n < 0 {
		return x.memory.limit / 100 * -n
	}
	return n
}

// clientsMemory is what all connections take: their records, what they have sent
// and is not executed, what they have not read, what they have queued and what they watch.
func (x *executor) clientsMemory() int64 {
	total := int64(len(x.sessions.byID)) * int64(sessionBytes)
	for _, r := range x.server.reactors {
		total += r.buffered.Load()
	}
	return total + x.queuedBytes + int64(x.watched.count*watchBytes)
}

// evictClients closes the connections that take the most memory until all
// together are within maxmemory-clients. Those with CLIENT NO-EVICT stay. It is
// called some times a second.
func (x *executor) evictClients() {
	limit := x.clientsLimit()
	if limit <= 0 {
		return
	}
	total := x.clientsMemory()
	if total <= limit {
		return
	}
	type one struct {
		session *session
		size    int64
	}
	var all []one
	for s := x.sessions.head; s != nil; s = s.next {
		if s.Flags&(command.NoEvict|command.CloseNow) == 0 {
			all = append(all, one{s, s.memory()})
		}
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(b.size, a.size) })
	for _, c := range all {
		if total <= limit {
			return
		}
		x.server.log.Info().Int64("id", c.session.ID).Str("client", c.session.Addr).Int64("bytes", c.size).
			Int64("limit", limit).Msg("evicting client")
		x.counters.evictedClients++
		total -= c.size
		x.cut(c.session)
	}
}

// memory is what the connection takes.
func (s *session) memory() int64 {
	return int64(sessionBytes) + int64(s.conn.stat.queryBuf.Load()) + int64(s.conn.stat.outMem.Load()) + int64(s.multiBytes())
}
