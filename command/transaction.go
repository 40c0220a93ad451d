package command

// Transactions are queued and executed by the host: it owns the clients' queues
// and knows who watches what.

func cmdMulti(c *Context) {
	if c.Client.Flags&InMulti != 0 {
		c.Error("ERR MULTI calls can not be nested")
		return
	}
	c.Host.BeginMulti()
	c.W.OK()
}

func cmdDiscard(c *Context) {
	if c.Client.Flags&InMulti == 0 {
		c.Error("ERR DISCARD without MULTI")
		return
	}
	c.Host.Discard(c.Client)
	c.W.OK()
}

func cmdExec(c *Context) {
	if c.Client.Flags&InMulti == 0 {
		c.Error("ERR EXEC without MULTI")
		return
	}
	c.Host.Exec()
}

func cmdWatch(c *Context) {
	if c.Client.Flags&InMulti != 0 {
		c.Error("ERR WATCH inside MULTI is not allowed")
		return
	}
	// A client whose transaction fails already has nothing to wait for.
	if c.Client.Flags&DirtyCAS == 0 {
		c.Host.Watch(c.Args[1:])
	}
	c.W.OK()
}

func cmdUnwatch(c *Context) {
	c.Host.Unwatch(c.Client)
	c.W.OK()
}
