package command

import (
	"strings"

	"basalt/internal/decimal"
)

// Version is the version of Redis whose behaviour clients may expect; it is
// what HELLO and INFO tell them.
const Version = "7.2.5"

var redacted = []byte("(redacted)")

// redact keeps a secret argument out of slow log and monitors.
func (c *Context) redact(i int) { c.Args[i] = redacted }

func cmdPing(c *Context) {
	if c.Client.Flags&Subscribed != 0 && c.Client.Proto == 2 && len(c.Args) <= 2 {
		// It has to look like what else such a client gets.
		c.W.Array(2)
		c.W.BulkString("pong")
		if len(c.Args) == 2 {
			c.W.Bulk(c.Args[1])
		} else {
			c.W.BulkString("")
		}
		return
	}
	switch len(c.Args) {
	case 1:
		c.W.SimpleString("PONG")
	case 2:
		c.W.Bulk(c.Args[1])
	default:
		c.Error(string(AppendFault(nil, WrongArity, c.Row, c.Args)))
	}
}

func cmdEcho(c *Context) { c.W.Bulk(c.Args[1]) }

func cmdQuit(c *Context) {
	c.W.OK()
	c.Client.Flags |= CloseAfterReply
}

func cmdSelect(c *Context) {
	n, ok := decimal.Parse(c.Args[1])
	switch {
	case !ok:
		c.Error(errNotInteger)
		return
	case n != int64(int32(n)):
		c.Error(errNotInt32)
		return
	}
	if n < 0 || n >= int64(c.Keys.Count()) {
		c.Error(errDBRange)
		return
	}
	c.selectDB(int(n))
	c.W.OK()
}

func (c *Context) selectDB(n int) {
	c.Client.DB = n
	c.DB = c.Keys.DB(n)
}

func cmdReset(c *Context) {
	cl := c.Client
	c.Host.ResetClient(cl)
	// ReplySkip stays: a RESET behind CLIENT REPLY SKIP is not answered.
	cl.Flags &^= ReplyOff | ReplySkipNext | NoTouch | NoEvict
	cl.Name = ""
	c.setProto(2)
	c.selectDB(0)
	cl.User, cl.Authenticated = defaultUser, !c.Host.Config().NeedsPassword()
	c.Host.AuthChanged(cl)
	c.W.SimpleString("RESET")
}

func (c *Context) setProto(proto int) {
	c.Client.Proto = proto
	c.W.SetProto(proto)
}

const (
	defaultUser  = "default"
	errWrongPass = "WRONGPASS invalid username-password pair or user is disabled."
)

func cmdAuth(c *Context) {
	if len(c.Args) > 3 {
		c.Error(errSyntax)
		return
	}
	user, password := []byte(defaultUser), c.Args[1]
	c.redact(1)
	if len(c.Args) == 3 {
		user, password = password, c.Args[2]
		c.redact(2)
	} else if !c.Host.Config().NeedsPassword() {
		c.Error("ERR AUTH <password> called without any password configured for the default user. " +
			"Are you sure your configuration is correct?")
		return
	}
	if c.authenticate(user, password) {
		c.W.OK()
	}
}

// authenticate checks the credentials and replies with an error if they are
// wrong.
func (c *Context) authenticate(user, password []byte) bool {
	if !c.Host.Config().Accepts(password) || string(user) != defaultUser {
		c.Error(errWrongPass)
		return false
	}
	c.Client.User, c.Client.Authenticated = defaultUser, true
	c.Host.AuthChanged(c.Client)
	return true
}

func cmdHello(c *Context) {
	proto, next := c.Client.Proto, 1
	if len(c.Args) > 1 {
		n, ok := decimal.Parse(c.Args[1])
		if !ok {
			c.Error("ERR Protocol version is not an integer or out of range")
			return
		}
		if n != 2 && n != 3 {
			c.Error("NOPROTO unsupported protocol version")
			return
		}
		proto, next = int(n), 2
	}
	var user, password, name []byte
	for ; next < len(c.Args); next++ {
		left := len(c.Args) - next - 1
		switch option := c.Args[next]; {
		case isWord(option, "auth") && left >= 2:
			user, password = c.Args[next+1], c.Args[next+2]
			c.redact(next + 1)
			c.redact(next + 2)
			next += 2
		case isWord(option, "setname") && left >= 1:
			name = c.Args[next+1]
			if !validName(name) {
				c.Error(errBadClientName)
				return
			}
			next++
		default:
			c.Error("ERR Syntax error in HELLO option '" + untilZero(option) + "'")
			return
		}
	}
	if user != nil && !c.authenticate(user, password) {
		return
	}
	if !c.Client.Authenticated {
		c.Error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> " +
			"AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version " +
			"at the same time")
		return
	}
	if name != nil {
		c.Client.Name = string(name)
	}
	c.setProto(proto)
	c.W.Map(7)
	c.W.BulkString("server")
	c.W.BulkString("redis")
	c.W.BulkString("version")
	c.W.BulkString(Version)
	c.W.BulkString("proto")
	c.W.Int(int64(proto))
	c.W.BulkString("id")
	c.W.Int(c.Client.ID)
	c.W.BulkString("mode")
	c.W.BulkString("standalone")
	c.W.BulkString("role")
	c.W.BulkString("master")
	c.W.BulkString("modules")
	c.W.Array(0)
}

const errBadClientName = "ERR Client names cannot contain spaces, newlines or special characters."

// validName reports whether b can stand as a field of CLIENT LIST.
func validName(b []byte) bool {
	for _, ch := range b {
		if ch < '!' || ch > '~' {
			return false
		}
	}
	return true
}

// isWord reports whether arg is the lower-case word in any case.
func isWord(arg []byte, word string) bool {
	return len(arg) == len(word) && strings.EqualFold(string(arg), word)
}

// untilZero is the part of arg that Redis repeats in an error: what C takes for
// the string.
func untilZero(arg []byte) string { return string(excerpt(arg, len(arg))) }
