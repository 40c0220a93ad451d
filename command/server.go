package command

import (
	"strings"

	"basalt/internal/decimal"
)

func cmdTime(c *Context) {
	us := c.Host.UnixNowUs()
	c.W.Array(2)
	c.W.BulkInt(us / 1e6)
	c.W.BulkInt(us % 1e6)
}

func cmdMonitor(c *Context) {
	c.Host.StartMonitor(c.Client)
	c.W.OK()
}

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
	}
}

func cmdConfigGet(c *Context) {
	pairs := c.Host.Config().Get(c.Args[2:]...)
	c.W.Map(len(pairs))
	for _, p := range pairs {
		c.W.BulkString(p.Name)
		c.W.BulkString(p.Value)
	}
}

func cmdConfigSet(c *Context) {
	if len(c.Args)%2 != 0 {
		c.Error(string(AppendFault(nil, WrongArity, c.Row, c.Args)))
		return
	}
	if err := c.Host.ConfigSet(c.Client, c.Args[2:]); err != nil {
		c.Error("ERR " + err.Error())
		return
	}
	c.W.OK()
}

func cmdConfigResetStat(c *Context) {
	c.Host.ConfigResetStat()
	c.W.OK()
}

func cmdConfigRewrite(c *Context) {
	if err := c.Host.Config().Rewrite(nil); err != nil {
		c.Host.Log("warning", "CONFIG REWRITE failed: "+err.Error())
		c.Error("ERR " + err.Error())
		return
	}
	c.Host.Log("notice", "CONFIG REWRITE executed with success")
	c.W.OK()
}

// cmdLolwut draws the hexagonal columns that basalt cools into, as many as fit
// the asked-for width.
func cmdLolwut(c *Context) {
	columns, rows := 8, 4
	args := c.Args[1:]
	if len(args) >= 2 && isWord(args[0], "version") {
		if _, ok := decimal.Parse(args[1]); !ok {
			c.Error(errNotInteger)
			return
		}
		args = args[2:]
	}
	for i, limit := range []*int{&columns, &rows} {
		if i >= len(args) {
			break
		}
		n, ok := decimal.Parse(args[i])
		if !ok {
			c.Error(errNotInteger)
			return
		}
		*limit = int(min(max(n, 1), 64))
	}
	var art strings.Builder
	for range rows {
		art.WriteString(strings.Repeat(`/  \__`, columns/2) + "\n")
		art.WriteString(strings.Repeat(`\__/  `, columns/2) + "\n")
	}
	art.WriteString("\nBasalt, cooled in columns. Redis ver. " + Version + "\n")
	c.W.Verbatim("txt", art.String())
}

func cmdSlowlogLen(c *Context) { c.W.Int(int64(c.Host.SlowLog().Len())) }

func cmdSlowlogReset(c *Context) {
	c.Host.SlowLog().Clear()
	c.W.OK()
}

func cmdSlowlogGet(c *Context) {
	count := int64(10)
	if len(c.Args) == 3 {
		n, ok := decimal.Parse(c.Args[2])
		if !ok || n < -1 {
			c.Error("ERR count should be greater than or equal to -1")
			return
		}
		count = n
	}
	log := c.Host.SlowLog()
	if count == -1 || count > int64(log.Len()) {
		count = int64(log.Len())
	}
	entries := log.Newest(int(count))
	c.W.Array(len(entries))
	for i := range entries {
		e := &entries[i]
		c.W.Array(6)
		c.W.Int(e.ID)
		c.W.Int(e.UnixS)
		c.W.Int(e.Micros)
		c.W.Array(len(e.Args))
		for _, arg := range e.Args {
			c.W.BulkString(arg)
		}
		c.W.BulkString(e.Addr)
		c.W.BulkString(e.Name)
	}
}
