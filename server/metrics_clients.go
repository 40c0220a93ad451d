package server

import (
	"basalt/command"
	"basalt/metrics"
)

// clientsSlice is how many clients are copied before commands have their turn
// again: some 20 µs.
const clientsSlice = 64

// census copies clients for a scrape, a slice in each round of the executor.
type census struct {
	making []metrics.Client // nil between two
	next   *session         // to be looked at
	// done is the last one. Snapshots share it, so it never changes.
	done []metrics.Client
	told bool // a snapshot has it already
}

// listClients copies a slice of the clients that metrics-client-labels asks for,
// the oldest first: so the series of one last as long as it does. It reports
// whether the list is complete.
func (x *executor) listClients() bool {
	c, limit := &x.census, x.server.config.MetricsClientLabels
	if limit == 0 {
		*c = census{}
		return true
	}
	if c.making == nil {
		c.making = make([]metrics.Client, 0, min(limit, len(x.sessions.byID)+1))
		c.next = x.sessions.head
	}
	for range clientsSlice {
		if c.next == nil || len(c.making) >= limit {
			*c = census{done: c.making}
			return true
		}
		s := c.next
		c.next = s.next
		if s.Flags&command.CloseNow == 0 {
			c.making = append(c.making, x.listed(s))
		}
	}
	return false
}

// listed is what metrics tell of a client.
func (x *executor) listed(s *session) metrics.Client {
	u := x.server.Usage(&s.Client)
	return metrics.Client{
		ID: s.ID, Name: s.Name, Addr: s.Addr, Flags: s.FlagLetters(), User: s.User, DB: s.DB, Proto: s.Proto,
		CreatedMs: s.CreatedMs, ActiveMs: s.ActiveMs, QueryBuf: u.QueryBuf, QueryBufFree: u.QueryBufFree,
		OutBuf: u.OutBuf, OutList: u.OutList, OutMem: u.OutMem, Total: u.Total,
		Channels: s.Sub, Patterns: s.PSub, Shards: s.SSub, Watched: len(s.watched),
	}
}
