package command

import (
	"errors"
	"slices"

	"basalt/config"
)

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
		c.Error(errSyntax)
		return
	}
	// Secrets leave the arguments before anything else looks at them, whatever
	// becomes of the command.
	pairs := slices.Clone(c.Args[2:])
	for i := 2; i+1 < len(c.Args); i += 2 {
		if config.IsSensitive(c.Args[i]) {
			c.redact(i + 1)
		}
	}
	switch err := c.Host.ConfigSet(c.Client, pairs); {
	case errors.Is(err, config.ErrLoading):
		c.Error("LOADING Redis is loading the dataset in memory")
	case err != nil:
		c.Error("ERR " + err.Error())
	default:
		c.W.OK()
	}
}

func cmdConfigResetStat(c *Context) {
	c.Host.ConfigResetStat()
	c.W.OK()
}

func cmdConfigRewrite(c *Context) {
	cfg := c.Host.Config()
	if err := cfg.Rewrite(cfg.UserLines()); err != nil {
		c.Host.Log("warning", "CONFIG REWRITE failed: "+err.Error())
		c.Error("ERR " + err.Error())
		return
	}
	c.Host.Log("notice", "CONFIG REWRITE executed with success")
	c.W.OK()
}
