package command

import "strings"

// errorNoGroup replies that there is no such key or no such group of it; what
// follows says where.
func (c *Context) errorNoGroup(key, group []byte, where string) {
	c.Error("NOGROUP No such key '" + string(excerpt(key, len(key))) + "' or consumer group '" +
		string(excerpt(group, len(group))) + "'" + where)
}

// errorNoGroupOfKey replies that the stream has no such group.
func (c *Context) errorNoGroupOfKey(key, group []byte) {
	c.Error("NOGROUP No such consumer group '" + string(excerpt(group, len(group))) + "' for key name '" +
		string(excerpt(key, len(key))) + "'")
}

// errorSubcommandSyntax replies that a subcommand does not take these
// arguments.
func (c *Context) errorSubcommandSyntax() {
	c.Error("ERR unknown subcommand or wrong number of arguments for '" + string(excerpt(c.Args[1], 128)) +
		"'. Try " + strings.ToUpper(string(c.Args[0])) + " HELP.")
}
