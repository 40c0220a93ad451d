package command

import (
	"strconv"
	"strings"

	"basalt/internal/decimal"
)

func cmdClientInfo(c *Context) {
	c.W.Verbatim("txt", string(c.appendClient(nil, c.Client)))
}

func cmdClientList(c *Context) {
	var list []byte
	switch {
	case len(c.Args) == 2:
		list = c.appendClients(nil, func(*Client) bool { return true })
	case len(c.Args) == 4 && isWord(c.Args[2], "type"):
		kind, ok := clientTypes[strings.ToLower(string(c.Args[3]))]
		if !ok {
			c.Error(errClientType(c.Args[3]))
			return
		}
		list = c.appendClients(nil, func(cl *Client) bool { return cl.kind() == kind })
	case len(c.Args) > 3 && isWord(c.Args[2], "id"):
		for _, arg := range c.Args[3:] {
			id, ok := decimal.Parse(arg)
			if !ok {
				c.Error("ERR Invalid client ID")
				return
			}
			if cl := c.Host.ClientByID(id); cl != nil {
				list = c.appendClient(list, cl)
			}
		}
	default:
		c.Error(errSyntax)
		return
	}
	c.W.Verbatim("txt", string(list))
}

// appendClients appends the lines of the clients that want accepts.
func (c *Context) appendClients(dst []byte, want func(*Client) bool) []byte {
	c.Host.Clients(func(cl *Client) bool {
		if want(cl) {
			dst = c.appendClient(dst, cl)
		}
		return true
	})
	return dst
}

// clientType is a class of connections, as TYPE of CLIENT LIST and KILL means
// it.
type clientType uint8

const (
	clientNormal clientType = iota
	clientMaster
	clientReplica
	clientPubSub
)

var clientTypes = map[string]clientType{
	"normal": clientNormal, "master": clientMaster, "slave": clientReplica, "replica": clientReplica, "pubsub": clientPubSub,
}

// kind returns the class of the connection. Monitors are normal clients,
// although they are fed like replicas.
func (cl *Client) kind() clientType {
	if cl.Flags&Subscribed != 0 {
		return clientPubSub
	}
	return clientNormal
}

// clientLine builds a line of CLIENT LIST.
type clientLine []byte

func (l *clientLine) text(name, value string) {
	*l = append(append(append(append(*l, name...), '='), value...), ' ')
}

func (l *clientLine) number(name string, value int64) {
	*l = append(strconv.AppendInt(append(append(*l, name...), '='), value, 10), ' ')
}

// appendClient appends the line about cl, in the order and with the names of
// Redis 7.2.
func (c *Context) appendClient(dst []byte, cl *Client) []byte {
	u := c.Host.Usage(cl)
	now := c.Keys.Now()
	l := clientLine(dst)
	l.number("id", cl.ID)
	l.text("addr", cl.Addr)
	l.text("laddr", cl.LocalAddr)
	l.number("fd", int64(cl.FD))
	l.text("name", cl.Name)
	l.number("age", max(0, now/1000-cl.CreatedMs/1000))
	l.number("idle", max(0, now/1000-cl.ActiveMs/1000))
	l.text("flags", cl.FlagLetters())
	l.number("db", int64(cl.DB))
	l.number("sub", int64(cl.Sub))
	l.number("psub", int64(cl.PSub))
	l.number("ssub", int64(cl.SSub))
	l.number("multi", int64(cl.Queued))
	l.number("qbuf", int64(u.QueryBuf))
	l.number("qbuf-free", int64(u.QueryBufFree))
	l.number("argv-mem", int64(u.ArgvMem))
	l.number("multi-mem", int64(u.MultiMem))
	l.number("rbs", int64(u.ReplyBuf))
	l.number("rbp", int64(u.ReplyPeak))
	l.number("obl", int64(u.OutBuf))
	l.number("oll", int64(u.OutList))
	l.number("omem", int64(u.OutMem))
	l.number("tot-mem", int64(u.Total))
	l.text("events", cl.events(&u))
	l.text("cmd", cl.lastCommand(c))
	l.text("user", cl.User)
	l.number("redir", cl.redirection())
	l.number("resp", int64(cl.Proto))
	l.text("lib-name", cl.LibName)
	l.text("lib-ver", cl.LibVer)
	l[len(l)-1] = '\n'
	return l
}

// events says what the server waits for: something to read, room to write.
func (cl *Client) events(u *ClientUsage) string {
	events := "r"
	if cl.Flags&CloseAfterReply != 0 {
		events = ""
	}
	if u.OutMem > 0 {
		events += "w"
	}
	return events
}

// lastCommand is the full name of the command that the client runs or ran last.
func (cl *Client) lastCommand(c *Context) string {
	switch {
	case cl == c.Client && c.Exec != nil:
		return c.Exec.FullName
	case cl == c.Client:
		return c.Row.FullName
	case cl.LastRow != nil:
		return cl.LastRow.FullName
	}
	return "NULL"
}

// FlagLetters are the letters of the field flags of CLIENT LIST, in Redis's order.
func (cl *Client) FlagLetters() string {
	letters := make([]byte, 0, 8)
	for _, f := range [...]struct {
		flag   ClientFlags
		letter byte
	}{
		{Monitor, 'O'}, {Subscribed, 'P'}, {InMulti, 'x'}, {Blocked | Paused, 'b'}, {Tracking, 't'}, {TrackingBroken, 'R'},
		{TrackingBCast, 'B'}, {DirtyCAS, 'd'}, {CloseAfterReply, 'c'}, {CloseNow, 'A'}, {Unix, 'U'}, {NoEvict, 'e'}, {NoTouch, 'T'},
	} {
		if cl.Flags&f.flag != 0 {
			letters = append(letters, f.letter)
		}
	}
	if len(letters) == 0 {
		return "N"
	}
	return string(letters)
}
