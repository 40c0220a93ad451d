package command

func cmdCommandLogGet(c *Context) {
	if len(c.Args) > 4 {
		c.subcommandSyntaxError()
		return
	}
	count, ok := c.logCount(2)
	if !ok {
		return
	}
	if log := c.commandLog(3); log != nil {
		c.logEntries(log, count)
	}
}

func cmdCommandLogLen(c *Context) {
	if log := c.commandLog(2); log != nil {
		c.W.Int(int64(log.Len()))
	}
}

func cmdCommandLogReset(c *Context) {
	if log := c.commandLog(2); log != nil {
		log.Clear()
		c.W.OK()
	}
}

// commandLog returns the log that an argument names. It replies and returns nil
// if there is none.
func (c *Context) commandLog(i int) *SlowLog {
	for kind, name := range logKindNames {
		if isWord(c.Args[i], name) {
			return c.Host.CommandLog(LogKind(kind))
		}
	}
	c.Error("ERR type should be one of the following: slow, large-request, large-reply")
	return nil
}
