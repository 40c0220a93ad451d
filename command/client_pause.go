package command

import "basalt/internal/decimal"

func cmdClientPause(c *Context) {
	all := true
	switch {
	case len(c.Args) > 4:
		c.subcommandSyntaxError()
		return
	case len(c.Args) == 3 || isWord(c.Args[3], "all"):
	case isWord(c.Args[3], "write"):
		all = false
	default:
		c.Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
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
	case n > (1<<63-1)-c.Keys.Now():
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
	switch {
	case len(c.Args) > 4:
		c.subcommandSyntaxError()
		return
	case len(c.Args) == 3 || isWord(c.Args[3], "timeout"):
	case isWord(c.Args[3], "error"):
		withError = true
	default:
		c.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
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
