package server

import (
	"strconv"
	"strings"

	"basalt/command"
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
		if !m.gone && m.Flags&(command.ReplyOff|command.CloseAfterReply) == 0 {
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
