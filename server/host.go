package server

import (
	"slices"
	"strings"
	"time"

	"basalt/command"
	"basalt/config"
	"basalt/db"
	"basalt/netpoll"
)

// The methods in this file and in status.go are the server as commands see it
// (command.Host). They run on the executor.

var _ command.Host = (*Server)(nil)

// Table implements command.Host.
func (s *Server) Table() *command.Table { return s.executor.table }

// Config implements command.Host.
func (s *Server) Config() *config.Config { return s.config }

// Clients implements command.Host.
func (s *Server) Clients(f func(*command.Client) bool) {
	for c := s.executor.sessions.head; c != nil; {
		next := c.next // f may close c
		if !f(&c.Client) {
			return
		}
		c = next
	}
}

// ClientByID implements command.Host.
func (s *Server) ClientByID(id int64) *command.Client {
	if c := s.executor.sessions.byID[id]; c != nil {
		return &c.Client
	}
	return nil
}

// Usage implements command.Host.
func (s *Server) Usage(c *command.Client) command.ClientUsage {
	x := c.Session.(*session)
	query := int(x.conn.stat.queryBuf.Load())
	out, parts := int(x.conn.stat.outMem.Load()), int(x.conn.stat.outCount.Load())
	u := command.ClientUsage{QueryBuf: query, OutList: parts, OutMem: out, NetIn: x.netIn, NetOut: x.netOut}
	if query > 0 {
		u.QueryBufFree = max(0, netpoll.SegmentSize-query)
	}
	u.Total = sessionBytes + u.QueryBuf + u.QueryBufFree + u.OutMem
	return u
}

// sessionBytes is what both halves of a connection take, in bytes.
const sessionBytes = 700

// Kill implements command.Host.
func (s *Server) Kill(c *command.Client, self bool) {
	if self {
		c.Flags |= command.CloseAfterReply
		return
	}
	s.executor.cut(c.Session.(*session))
}

// Unblock implements command.Host.
func (s *Server) Unblock(c *command.Client, withError bool) bool {
	return c.Flags&command.Blocked != 0
}

// Pause implements command.Host.
func (s *Server) Pause(untilMs int64, all bool) { s.executor.setPause(untilMs, all) }

// Unpause implements command.Host.
func (s *Server) Unpause() { s.executor.endPause() }

// StartMonitor implements command.Host.
func (s *Server) StartMonitor(c *command.Client) {
	if c.Flags&command.Monitor != 0 {
		return
	}
	c.Flags |= command.Monitor
	x := s.executor
	x.monitors = append(x.monitors, c.Session.(*session))
	x.gate |= gateMonitors
}

// ResetClient implements command.Host.
func (s *Server) ResetClient(c *command.Client) { s.executor.unhook(c.Session.(*session)) }

// AuthChanged implements command.Host.
func (s *Server) AuthChanged(c *command.Client) {
	c.Session.(*session).conn.unauthenticated.Store(!c.Authenticated)
}

// Sleep implements command.Host.
func (s *Server) Sleep(ns int64) { time.Sleep(time.Duration(ns)) }

// Log implements command.Host.
func (s *Server) Log(level, msg string) {
	switch level {
	case "debug":
		s.log.Trace().Msg(msg)
	case "verbose":
		s.log.Debug().Msg(msg)
	case "warning":
		s.log.Warn().Msg(msg)
	default:
		s.log.Info().Msg(msg)
	}
}

// RowStats implements command.Host.
func (s *Server) RowStats(id int) *command.RowStats { return &s.executor.stats[id] }

// SlowLog implements command.Host.
func (s *Server) SlowLog() *command.SlowLog { return &s.executor.slowLog }

// Latency implements command.Host.
func (s *Server) Latency() *command.LatencyMonitor { return &s.executor.latency }

// CountError implements command.Host. The code is the first word of the line.
func (s *Server) CountError(line string) {
	code, _, _ := strings.Cut(line, " ")
	x := s.executor
	x.counters.errors++
	if n := x.errorCodes[code]; n != nil {
		*n++
		return
	}
	// Scripts may reply with codes of their own making: count a bounded number
	// of different ones.
	if len(x.errorCodes) < errorCodesMax {
		one := int64(1)
		x.errorCodes[strings.Clone(code)] = &one
	}
}

// errorCodesMax bounds the different error codes counted.
const errorCodesMax = 128

// ErrorStats implements command.Host.
func (s *Server) ErrorStats(f func(code string, count int64)) {
	codes := make([]string, 0, len(s.executor.errorCodes))
	for code := range s.executor.errorCodes {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		f(code, *s.executor.errorCodes[code])
	}
}

// KeyModified implements command.Host.
func (s *Server) KeyModified(d *db.DB, key []byte) {}

// UnixNowUs implements command.Host.
func (s *Server) UnixNowUs() int64 { return time.Now().UnixMicro() }

// slow records a command that took long.
func (x *executor) slow(s *session, row *command.Row, args [][]byte, nanos int64) {
	if row.Flags&command.SkipSlowlog == 0 {
		x.slowLog.Add(x.nowMs/1000, nanos/1000, args, s.Addr, s.Name)
	}
	if threshold := x.server.config.LatencyMonitorThreshold; threshold > 0 && nanos/1e6 >= int64(threshold) {
		event := "command"
		if row.Flags&command.Fast != 0 {
			event = "fast-command"
		}
		x.latency.Add(event, x.nowMs/1000, nanos/1e6)
	}
}
