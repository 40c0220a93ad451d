package server

import (
	"strconv"
	"strings"

	"basalt/command"
	"basalt/resp"
)

// feedMonitors sends a line about a command that was executed to every monitor.
// Administrative commands, which may carry secrets, are left out by their rows;
// other secrets were redacted by the handler.
func (x *executor) feedMonitors(s *session, row *command.Row, args [][]byte) {
	if len(x.monitors) == 0 || row.Flags&(command.SkipMonitor|command.Admin) != 0 {
		return
	}
	line := appendMonitorLine(x.monitorLine[:0], x.server.UnixNowUs(), s, args)
	x.monitorLine = line
	for _, m := range x.monitors {
		switch {
		case m.gone || m.Flags&command.ReplyOff != 0:
		case m == s:
			// Behind the reply to the command itself.
			x.ctx.W.Raw(line)
		default:
			x.pusher(m).Raw(line)
		}
	}
}

// appendMonitorLine appends the reply that shows a command: when, in which
// database, whose, and the arguments in quotes.
func appendMonitorLine(line []byte, unixUs int64, s *session, args [][]byte) []byte {
	line = append(line, '+')
	line = strconv.AppendInt(line, unixUs/1e6, 10)
	line = append(line, '.')
	for unit := int64(1e5); unit > 0; unit /= 10 {
		line = append(line, byte('0'+unixUs/unit%10))
	}
	line = append(line, " ["...)
	line = strconv.AppendInt(line, int64(s.DB), 10)
	line = append(line, ' ')
	if s.Flags&command.Unix != 0 {
		line = append(line, "unix:"...)
		line = append(line, strings.TrimSuffix(s.Addr, ":0")...)
	} else {
		line = append(line, s.Addr...)
	}
	line = append(line, ']')
	for _, arg := range args {
		line = append(line, ' ')
		line = appendQuoted(line, arg)
	}
	return append(line, "\r\n"...)
}

// appendQuoted appends arg in double quotes with Redis's escapes.
func appendQuoted(dst, arg []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, b := range arg {
		switch b {
		case '\\', '"':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\a':
			dst = append(dst, '\\', 'a')
		case '\b':
			dst = append(dst, '\\', 'b')
		default:
			if b >= ' ' && b < 0x7f {
				dst = append(dst, b)
			} else {
				dst = append(dst, '\\', 'x', hex[b>>4], hex[b&15])
			}
		}
	}
	return append(dst, '"')
}

// pusher returns the writer of what s gets beside its replies. It is sent at
// the end of the round.
func (x *executor) pusher(s *session) *resp.Writer {
	if s.push == nil {
		b := pushPool.Get().(*batch)
		b.kind, b.conn = kindPush, s.conn
		b.out.Reset(b.chunk)
		b.out.SetProto(s.Proto)
		s.push = b
		x.pushing = append(x.pushing, s)
	}
	return &s.push.out
}

// sendPushes hands over what was collected by pusher.
func (x *executor) sendPushes() {
	for i, s := range x.pushing {
		x.pushing[i] = nil
		b := s.push
		s.push = nil
		size := int64(b.out.Size())
		s.netOut += size
		x.counters.netOut += size
		s.conn.reactor.fromExec.send(b)
	}
	x.pushing = x.pushing[:0]
}
