package command

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
	option := c.Args[2]
	field := &c.Client.LibName
	switch {
	case isWord(option, "lib-name"):
	case isWord(option, "lib-ver"):
		field = &c.Client.LibVer
	default:
		c.Error("ERR Unrecognized option '" + untilZero(option) + "'")
		return
	}
	if !validName(c.Args[3]) {
		c.Error("ERR " + untilZero(option) + " cannot contain spaces, newlines or special characters.")
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
