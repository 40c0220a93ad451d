package command

import (
	"strings"

	"basalt/internal/decimal"
)

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
		if f.matches(cl, c.Keys.Now()) && !(f.skipMe && cl == c.Client) {
			c.Host.Kill(cl, cl == c.Client)
			killed++
		}
		return true
	})
	c.W.Int(killed)
}

// killByAddr is the old form: one address, which may be the caller's.
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

// killFilter is what CLIENT KILL was told to match; what it does not name
// matches every client. Of a filter given twice the last one counts.
type killFilter struct {
	id          int64
	addr, laddr string
	user        string
	kind        clientType
	hasKind     bool
	skipMe      bool
	oldestS     int64 // least age in seconds
}

func (f *killFilter) matches(cl *Client, nowMs int64) bool {
	switch {
	case f.addr != "" && cl.Addr != f.addr,
		f.laddr != "" && cl.LocalAddr != f.laddr,
		f.hasKind && cl.kind() != f.kind,
		f.id != 0 && cl.ID != f.id,
		f.user != "" && cl.User != f.user,
		f.oldestS != 0 && nowMs/1000-cl.CreatedMs/1000 < f.oldestS:
		return false
	}
	return true
}

func (c *Context) parseKill() (killFilter, bool) {
	f := killFilter{skipMe: true}
	for i := 2; i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) {
			c.Error(errSyntax)
			return f, false
		}
		if why := f.set(c.Args[i], c.Args[i+1]); why != "" {
			c.Error(why)
			return f, false
		}
	}
	return f, true
}

// set takes one filter and returns the error that it leads to, or nothing.
func (f *killFilter) set(option, arg []byte) string {
	switch {
	case isWord(option, "id"):
		n, ok := decimal.Parse(arg)
		if !ok || n < 1 {
			return "ERR client-id should be greater than 0"
		}
		f.id = n
	case isWord(option, "type"):
		kind, ok := clientTypes[strings.ToLower(string(arg))]
		if !ok {
			return errClientType(arg)
		}
		f.kind, f.hasKind = kind, true
	case isWord(option, "addr"):
		f.addr = string(arg)
	case isWord(option, "laddr"):
		f.laddr = string(arg)
	case isWord(option, "user"):
		if string(arg) != defaultUser {
			return "ERR No such user '" + untilZero(arg) + "'"
		}
		f.user = string(arg)
	case isWord(option, "skipme") && isWord(arg, "yes"):
		f.skipMe = true
	case isWord(option, "skipme") && isWord(arg, "no"):
		f.skipMe = false
	case isWord(option, "maxage"): // of 7.4
		n, ok := decimal.Parse(arg)
		if !ok {
			return "ERR maxage is not an integer or out of range"
		}
		if n <= 0 {
			return "ERR maxage should be greater than 0"
		}
		f.oldestS = n
	default:
		return errSyntax
	}
	return ""
}

func errClientType(arg []byte) string { return "ERR Unknown client type '" + untilZero(arg) + "'" }
