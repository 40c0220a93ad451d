package server

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"basalt/command"
	"basalt/config"
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
	for c := s.executor.sessions.head; c != nil; c = c.next {
		// A connection that was killed is gone to everybody, although its
		// reactor may not have closed it yet.
		if c.Flags&command.CloseNow == 0 && !f(&c.Client) {
			return
		}
	}
}

// ClientByID implements command.Host.
func (s *Server) ClientByID(id int64) *command.Client {
	if c := s.executor.sessions.byID[id]; c != nil && c.Flags&command.CloseNow == 0 {
		return &c.Client
	}
	return nil
}

// Usage implements command.Host. Of the client whose command runs the executor
// knows the segment and the replies at hand; of others what their reactor
// published.
func (s *Server) Usage(c *command.Client) command.ClientUsage {
	x := c.Session.(*session)
	u := command.ClientUsage{
		QueryBuf: int(x.conn.stat.queryBuf.Load()),
		OutList:  int(x.conn.stat.outCount.Load()),
		OutMem:   int(x.conn.stat.outMem.Load()),
		MultiMem: x.queuedBytes,
		NetIn:    x.netIn, NetOut: x.netOut,
	}
	if ctx := &s.executor.ctx; ctx.Client == c {
		u.QueryBuf = x.conn.have
		for _, arg := range ctx.Args {
			u.ArgvMem += len(arg)
		}
		u.ReplyBuf, u.OutBuf = chunkSize, ctx.W.Size()
		u.ReplyPeak = u.OutBuf
	}
	if u.QueryBuf > 0 {
		u.QueryBufFree = max(0, netpoll.SegmentSize-u.QueryBuf)
	}
	u.Total = sessionBytes + u.QueryBuf + u.QueryBufFree + u.ReplyBuf + int(x.conn.stat.outHeld.Load()) + u.MultiMem + x.standingBytes()
	return u
}

// sessionBytes is what both halves of a connection take, in bytes.
var sessionBytes = int(reflect.TypeFor[session]().Size() + reflect.TypeFor[conn]().Size())

// Kill implements command.Host.
func (s *Server) Kill(c *command.Client, self bool) {
	if self {
		c.Flags |= command.CloseAfterReply
		return
	}
	s.executor.cut(c.Session.(*session))
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

// CommandLog implements command.Host.
func (s *Server) CommandLog(kind command.LogKind) *command.SlowLog { return &s.executor.logs[kind] }

// Latency implements command.Host.
func (s *Server) Latency() *command.LatencyMonitor { return &s.executor.latency }

// CountError implements command.Host. The code is the first word of the line.
func (s *Server) CountError(line string) {
	code, _, _ := strings.Cut(line, " ")
	x := s.executor
	x.counters.errors++
	if code == "WRONGPASS" {
		x.counters.authDenied++
	}
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

// ErrorStats implements command.Host. Protocol errors, which the executor writes
// itself, have the code ERR.
func (s *Server) ErrorStats(f func(code string, count int64)) {
	x := s.executor
	counts := make(map[string]int64, len(x.errorCodes)+1)
	for code, n := range x.errorCodes {
		counts[code] = *n
	}
	if n := x.counters.protocolErrors; n > 0 {
		counts["ERR"] += n
	}
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		f(code, counts[code])
	}
}

// UnixNowUs implements command.Host.
func (s *Server) UnixNowUs() int64 { return time.Now().UnixMicro() }
