package command

func cmdTime(c *Context) {
	us := c.Host.UnixNowUs()
	c.W.Array(2)
	c.W.BulkInt(us / 1e6)
	c.W.BulkInt(us % 1e6)
}

// cmdMonitor does not answer a client that is a monitor already, as Redis does
// not.
func cmdMonitor(c *Context) {
	if c.NoBlock {
		c.Error("ERR MONITOR isn't allowed for DENY BLOCKING client")
		return
	}
	if c.Client.Flags&Monitor != 0 {
		return
	}
	c.Host.StartMonitor(c.Client)
	c.W.OK()
}

// cmdShutdown answers only when the server goes on.
func cmdShutdown(c *Context) {
	var o ShutdownOptions
	for _, arg := range c.Args[1:] {
		switch {
		case isWord(arg, "nosave"):
			o.NoSave = true
		case isWord(arg, "save"):
			o.Save = true
		case isWord(arg, "now"):
			o.Now = true
		case isWord(arg, "force"):
			o.Force = true
		case isWord(arg, "abort"):
			o.Abort = true
		default:
			c.Error(errSyntax)
			return
		}
	}
	if o.Abort && (o.Now || o.Force || o.Save || o.NoSave) || o.Save && o.NoSave {
		c.Error(errSyntax)
		return
	}
	if err := c.Host.Shutdown(o); err != nil {
		c.Error("ERR " + err.Error())
		return
	}
	if o.Abort {
		c.W.OK()
		return
	}
	// Nothing behind a SHUTDOWN is executed.
	c.Client.Flags |= CloseNow
}
