package command

import (
	"bytes"

	"basalt/internal/glob"
)

var introspectRows = []Row{
	{
		Name: "command", Arity: -1, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
		Group: GroupServer, Since: "2.8.13", Complexity: "O(N) where N is the number of commands.",
		Summary: "Describes every command of this server.",
		Tips:    []string{"nondeterministic_output_order"},
		Handler: cmdCommand,
		Subcommands: []Row{
			{
				Name: "count", Arity: 2, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
				Group: GroupServer, Since: "2.8.13", Complexity: "O(1)",
				Summary: "Counts the commands, without subcommands.",
				Handler: cmdCommandCount,
			},
			{
				Name: "docs", Arity: -2, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
				Group: GroupServer, Since: "7.0.0", Complexity: "O(N) where N is the number of commands asked for.",
				Summary: "Documents the named commands, or all: purpose, history and arguments.",
				Syntax:  "[command-name:string...]",
				Tips:    []string{"nondeterministic_output_order"},
				Handler: cmdCommandDocs,
			},
			{
				Name: "getkeys", Arity: -3, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
				Group: GroupServer, Since: "2.8.13", Complexity: "O(N) where N is the number of arguments.",
				Summary: "Finds the keys in a complete command.",
				Syntax:  "command:string [arg:string...]",
				Handler: cmdCommandGetKeys,
			},
			{
				Name: "getkeysandflags", Arity: -3, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
				Group: GroupServer, Since: "7.0.0", Complexity: "O(N) where N is the number of arguments.",
				Summary: "Finds the keys in a complete command, and what it does with each.",
				Syntax:  "command:string [arg:string...]",
				Handler: cmdCommandGetKeysAndFlags,
			},
			{
				Name: "help", Arity: 2, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
				Group: GroupServer, Since: "5.0.0", Complexity: "O(1)",
				Summary: "Lists the subcommands.",
				Handler: cmdHelp,
			},
			{
				Name: "info", Arity: -2, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
				Group: GroupServer, Since: "2.8.13", Complexity: "O(N) where N is the number of commands asked for.",
				Summary: "Describes the named commands, or all, for programs: arity, flags, keys.",
				Syntax:  "[command-name:string...]",
				Tips:    []string{"nondeterministic_output_order"},
				Handler: cmdCommandInfo,
				History: []Change{{"7.0.0", "Without names it describes every command."}},
			},
			{
				Name: "list", Arity: -2, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
				Group: GroupServer, Since: "7.0.0", Complexity: "O(N) where N is the number of commands.",
				Summary: "Lists the names of the commands, filtered by module, ACL category or pattern.",
				Syntax: "[FILTERBY filterby<MODULE module-name:string|ACLCAT category:string|" +
					"PATTERN pattern:pattern>]",
				Tips:    []string{"nondeterministic_output_order"},
				Handler: cmdCommandList,
			},
		},
	},
}

func cmdCommand(c *Context) {
	rows := c.Host.Table().Rows()
	c.W.Array(len(rows))
	for _, row := range rows {
		row.writeInfo(c.W)
	}
}

func cmdCommandCount(c *Context) { c.W.Int(int64(len(c.Host.Table().Rows()))) }

func cmdCommandInfo(c *Context) {
	if len(c.Args) == 2 {
		cmdCommand(c)
		return
	}
	table := c.Host.Table()
	c.W.Array(len(c.Args) - 2)
	for _, name := range c.Args[2:] {
		if row := table.byFullName(name); row != nil {
			row.writeInfo(c.W)
		} else {
			c.W.Null()
		}
	}
}

func cmdCommandDocs(c *Context) {
	table := c.Host.Table()
	count, mark := 0, c.W.Deferred()
	document := func(row *Row) {
		count++
		c.W.BulkString(row.FullName)
		row.writeDocs(c.W)
	}
	if len(c.Args) == 2 {
		for _, row := range table.Rows() {
			document(row)
		}
	}
	for _, name := range c.Args[2:] {
		if row := table.byFullName(name); row != nil {
			document(row)
		}
	}
	c.W.SetMapLen(mark, count)
}

// byFullName finds "command" and "container|subcommand", or returns nil.
func (t *Table) byFullName(name []byte) *Row {
	container, sub, isSub := bytes.Cut(name, []byte{'|'})
	row := t.Lookup(container)
	if row == nil || !isSub {
		return row
	}
	return row.Sub(sub)
}

func cmdCommandList(c *Context) {
	match := func(*Row) bool { return true }
	switch len(c.Args) {
	case 2:
	case 5:
		if !equalFold(c.Args[2], "filterby") {
			c.Error(errSyntax)
			return
		}
		if match = listFilter(c.Args[3], c.Args[4]); match == nil {
			c.Error(errSyntax)
			return
		}
	default:
		c.Error(errSyntax)
		return
	}
	count, mark := 0, c.W.Deferred()
	list := func(row *Row) {
		if match(row) {
			count++
			c.W.BulkString(row.FullName)
		}
	}
	for _, row := range c.Host.Table().Rows() {
		list(row)
		for _, sub := range row.subs {
			list(sub)
		}
	}
	c.W.SetArrayLen(mark, count)
}

// listFilter returns which rows COMMAND LIST shows, or nil for a filter that
// does not exist. A category or module that does not exist matches nothing.
func listFilter(kind, arg []byte) func(*Row) bool {
	switch {
	case equalFold(kind, "module"):
		return func(*Row) bool { return false }
	case equalFold(kind, "aclcat"):
		category := CategoryByName(arg)
		return func(r *Row) bool { return r.ACL&category != 0 }
	case equalFold(kind, "pattern"):
		return func(r *Row) bool { return glob.Match(arg, []byte(r.FullName), true) }
	}
	return nil
}

func cmdCommandGetKeys(c *Context) {
	if refs, ok := c.callKeys(); ok {
		c.W.Array(len(refs))
		for _, ref := range refs {
			c.W.Bulk(c.Args[2+ref.Index])
		}
	}
}

func cmdCommandGetKeysAndFlags(c *Context) {
	if refs, ok := c.callKeys(); ok {
		c.W.Array(len(refs))
		for _, ref := range refs {
			c.W.Array(2)
			c.W.Bulk(c.Args[2+ref.Index])
			writeNames(c.W, uint64(ref.Flags), "", keyFlagNames[:])
		}
	}
}

// callKeys returns the keys of the call that stands in the arguments. It
// replies with an error and returns false where that is no call with keys.
func (c *Context) callKeys() ([]KeyRef, bool) {
	call := c.Args[2:]
	row, fault := c.Host.Table().Resolve(call)
	switch {
	case fault == UnknownCommand || fault == UnknownSubcommand:
		c.Error("ERR Invalid command specified")
		return nil, false
	case !row.HasKeys():
		c.Error("ERR The command has no key arguments")
		return nil, false
	case fault == WrongArity:
		c.Error("ERR Invalid number of arguments specified for command")
		return nil, false
	}
	refs, ok := row.AppendKeys(nil, call)
	if (!ok || len(refs) == 0) && row.Flags&NoMandatoryKeys == 0 {
		c.Error("ERR Invalid arguments specified for command")
		return nil, false
	}
	return refs, true
}
