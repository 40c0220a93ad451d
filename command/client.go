package command

import (
	"strconv"
	"strings"

	"basalt/internal/decimal"
)

func cmdClientID(c *Context) { c.W.Int(c.Client.ID) }

func cmdClientGetName(c *Context) {
	if c.Client.Name == "" {
		c.W.Null()
		return
	}
	c.W.BulkString(c.Client.Name)
}

func cmdClientSetName(c *Context) {
	if !validName(c.Args[2]) {
		c.Error(errBadClientName)
		return
	}
	c.Client.Name = string(c.Args[2])
	c.W.OK()
}

func cmdClientSetInfo(c *Context) {
	field := &c.Client.LibName
	switch option := c.Args[2]; {
	case isWord(option, "lib-name"):
	case isWord(option, "lib-ver"):
		field = &c.Client.LibVer
	default:
		c.Error("ERR Unrecognized option '" + string(option) + "'")
		return
	}
	if !validName(c.Args[3]) {
		c.Error("ERR " + strings.ToLower(string(c.Args[2])) + " cannot contain spaces, newlines or special characters.")
		return
	}
	*field = string(c.Args[3])
	c.W.OK()
}

// setFlag is CLIENT NO-EVICT and NO-TOUCH.
func (c *Context) setFlag(flag ClientFlags) {
	switch {
	case isWord(c.Args[2], "on"):
		c.Client.Flags |= flag
	case isWord(c.Args[2], "off"):
		c.Client.Flags &^= flag
	default:
		c.Error(errSyntax)
		return
	}
	c.W.OK()
}

func cmdClientNoEvict(c *Context) { c.setFlag(NoEvict) }
func cmdClientNoTouch(c *Context) { c.setFlag(NoTouch) }

func cmdClientReply(c *Context) {
	switch {
	case isWord(c.Args[2], "on"):
		c.Client.Flags &^= ReplyOff | ReplySkip | ReplySkipNext
		c.W.OK()
	case isWord(c.Args[2], "off"):
		c.Client.Flags |= ReplyOff
	case isWord(c.Args[2], "skip"):
		if c.Client.Flags&ReplyOff == 0 {
			c.Client.Flags |= ReplySkipNext
		}
	default:
		c.Error(errSyntax)
	}
}

func cmdClientPause(c *Context) {
	all := true
	if len(c.Args) == 4 {
		switch {
		case isWord(c.Args[3], "all"):
		case isWord(c.Args[3], "write"):
			all = false
		default:
			c.Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
			return
		}
	} else if len(c.Args) > 4 {
		c.Error(errSyntax)
		return
	}
	until, ok := c.timeoutMs(c.Args[2])
	if !ok {
		return
	}
	c.Host.Pause(until, all)
	c.W.OK()
}

// timeoutMs reads a time-out in ms and returns its end, a Unix time. It
// replies with an error otherwise.
func (c *Context) timeoutMs(arg []byte) (int64, bool) {
	n, ok := decimal.Parse(arg)
	switch {
	case !ok:
		c.Error("ERR timeout is not an integer or out of range")
		return 0, false
	case n < 0:
		c.Error("ERR timeout is negative")
		return 0, false
	case n > 0 && n > (1<<63-1)-c.Keys.Now():
		c.Error("ERR timeout is out of range")
		return 0, false
	}
	return n + c.Keys.Now(), true
}

func cmdClientUnpause(c *Context) {
	c.Host.Unpause()
	c.W.OK()
}

func cmdClientUnblock(c *Context) {
	withError := false
	if len(c.Args) == 4 {
		switch {
		case isWord(c.Args[3], "timeout"):
		case isWord(c.Args[3], "error"):
			withError = true
		default:
			c.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
			return
		}
	} else if len(c.Args) > 4 {
		c.Error(errSyntax)
		return
	}
	id, ok := decimal.Parse(c.Args[2])
	if !ok {
		c.Error(errNotInteger)
		return
	}
	n := int64(0)
	if target := c.Host.ClientByID(id); target != nil && c.Host.Unblock(target, withError) {
		n = 1
	}
	c.W.Int(n)
}

func cmdClientInfo(c *Context) {
	c.W.Verbatim("txt", string(c.appendClient(nil, c.Client))+"\n")
}

func cmdClientList(c *Context) {
	var list []byte
	switch {
	case len(c.Args) == 2:
		c.Host.Clients(func(cl *Client) bool {
			list = append(c.appendClient(list, cl), '\n')
			return true
		})
	case len(c.Args) == 4 && isWord(c.Args[2], "type"):
		kind, ok := clientTypes[strings.ToLower(string(c.Args[3]))]
		if !ok {
			c.Error("ERR Unknown client type '" + string(c.Args[3]) + "'")
			return
		}
		c.Host.Clients(func(cl *Client) bool {
			if cl.kind() == kind {
				list = append(c.appendClient(list, cl), '\n')
			}
			return true
		})
	case len(c.Args) > 3 && isWord(c.Args[2], "id"):
		for _, arg := range c.Args[3:] {
			id, ok := decimal.Parse(arg)
			if !ok {
				c.Error("ERR Invalid client ID")
				return
			}
			if cl := c.Host.ClientByID(id); cl != nil {
				list = append(c.appendClient(list, cl), '\n')
			}
		}
	default:
		c.Error(errSyntax)
		return
	}
	c.W.Verbatim("txt", string(list))
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

// kind returns the class of the connection. Monitors count as replicas, as
// they do in Redis: they are fed the command stream.
func (cl *Client) kind() clientType {
	if cl.Flags&Monitor != 0 {
		return clientReplica
	}
	return clientNormal
}

// appendClient appends the line of CLIENT LIST about cl, without a line end.
func (c *Context) appendClient(dst []byte, cl *Client) []byte {
	u := c.Host.Usage(cl)
	text := func(name, value string) {
		dst = append(append(append(dst, name...), '='), value...)
		dst = append(dst, ' ')
	}
	number := func(name string, value int64) {
		dst = strconv.AppendInt(append(append(dst, name...), '='), value, 10)
		dst = append(dst, ' ')
	}
	now := c.Keys.Now()
	number("id", cl.ID)
	text("addr", cl.Addr)
	text("laddr", cl.LocalAddr)
	number("fd", int64(cl.FD))
	text("name", cl.Name)
	number("age", max(0, now-cl.CreatedMs)/1000)
	number("idle", max(0, now-cl.ActiveMs)/1000)
	text("flags", cl.flagLetters())
	number("db", int64(cl.DB))
	number("sub", 0)
	number("psub", 0)
	number("ssub", 0)
	number("multi", -1)
	number("qbuf", int64(u.QueryBuf))
	number("qbuf-free", int64(u.QueryBufFree))
	number("argv-mem", int64(u.ArgvMem))
	number("multi-mem", 0)
	number("rbs", int64(u.ReplyBuf))
	number("rbp", int64(u.ReplyPeak))
	number("obl", int64(u.OutBuf))
	number("oll", int64(u.OutList))
	number("omem", int64(u.OutMem))
	number("tot-mem", int64(u.Total))
	events := "r"
	if cl.Flags&(CloseAfterReply|CloseNow) != 0 {
		events = ""
	}
	if u.OutMem > 0 {
		events += "w"
	}
	text("events", events)
	last := "NULL"
	if cl.LastRow != nil {
		last = cl.LastRow.FullName
	}
	if cl == c.Client {
		last = c.Row.FullName
	}
	text("cmd", last)
	text("user", cl.User)
	number("redir", -1)
	number("resp", int64(cl.Proto))
	text("lib-name", cl.LibName)
	text("lib-ver", cl.LibVer)
	return dst[:len(dst)-1]
}

// flagLetters are the letters of the field flags, in Redis's order.
func (cl *Client) flagLetters() string {
	letters := make([]byte, 0, 8)
	for _, f := range [...]struct {
		flag   ClientFlags
		letter byte
	}{
		{Monitor, 'O'}, {Blocked, 'b'}, {CloseAfterReply, 'c'}, {CloseNow, 'A'}, {Unix, 'U'}, {NoEvict, 'e'}, {NoTouch, 'T'},
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

// killFilter is what CLIENT KILL was told to match.
type killFilter struct {
	id          int64
	addr, laddr string
	user        string
	kind        clientType
	hasKind     bool
	skipMe      bool
}

func (f *killFilter) matches(cl *Client) bool {
	switch {
	case f.addr != "" && cl.Addr != f.addr,
		f.laddr != "" && cl.LocalAddr != f.laddr,
		f.hasKind && cl.kind() != f.kind,
		f.id != 0 && cl.ID != f.id,
		f.user != "" && cl.User != f.user:
		return false
	}
	return true
}

func cmdClientKill(c *Context) {
	if len(c.Args) == 3 {
		c.killByAddr(string(c.Args[2]))
		return
	}
	f, ok := c.parseKill()
	if !ok {
		return
	}
	killed := int64(0)
	c.Host.Clients(func(cl *Client) bool {
		if f.matches(cl) && !(f.skipMe && cl == c.Client) {
			c.Host.Kill(cl, cl == c.Client)
			killed++
		}
		return true
	})
	c.W.Int(killed)
}

// killByAddr is the old form: one address, the caller included.
func (c *Context) killByAddr(addr string) {
	found := false
	c.Host.Clients(func(cl *Client) bool {
		if cl.Addr != addr {
			return true
		}
		found = true
		c.Host.Kill(cl, cl == c.Client)
		return false
	})
	if !found {
		c.Error("ERR No such client")
		return
	}
	c.W.OK()
}

func (c *Context) parseKill() (killFilter, bool) {
	f := killFilter{skipMe: true}
	fail := func(msg string) (killFilter, bool) {
		c.Error(msg)
		return f, false
	}
	for i := 2; i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) {
			return fail(errSyntax)
		}
		option, arg := c.Args[i], c.Args[i+1]
		switch {
		case isWord(option, "id"):
			n, ok := decimal.Parse(arg)
			if !ok || n < 1 {
				return fail("ERR client-id should be greater than 0")
			}
			f.id = n
		case isWord(option, "type"):
			kind, ok := clientTypes[strings.ToLower(string(arg))]
			if !ok {
				return fail("ERR Unknown client type '" + string(arg) + "'")
			}
			f.kind, f.hasKind = kind, true
		case isWord(option, "addr"):
			f.addr = string(arg)
		case isWord(option, "laddr"):
			f.laddr = string(arg)
		case isWord(option, "user"):
			if string(arg) != defaultUser {
				return fail("ERR No such user '" + string(arg) + "'")
			}
			f.user = string(arg)
		case isWord(option, "skipme"):
			switch {
			case isWord(arg, "yes"):
				f.skipMe = true
			case isWord(arg, "no"):
				f.skipMe = false
			default:
				return fail(errSyntax)
			}
		default:
			return fail(errSyntax)
		}
	}
	return f, true
}
