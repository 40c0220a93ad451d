package command

import "strings"

// cmdHelp is the handler of the HELP subcommand of every container. The text
// comes from the rows: a line with the subcommand and its arguments, and its
// summary below.
func cmdHelp(c *Context) {
	container := c.Row.Container
	var lines []string
	if container.Handler != nil {
		lines = append(lines, "(no subcommand)", helpIndent+container.Summary)
	}
	for _, sub := range container.subs {
		args, err := parseSyntax(sub.Syntax)
		if err != nil {
			panic("BUG: command " + sub.FullName + ": " + err.Error())
		}
		line := strings.ToUpper(sub.Name)
		if len(args) != 0 {
			line += " " + usage(args)
		}
		lines = append(lines, line, helpIndent+sub.Summary)
	}
	c.help(lines)
}

const helpIndent = "    "

// help replies with lines of help for the command that the client called,
// below the line that all of Redis's helps begin with.
func (c *Context) help(lines []string) {
	c.W.Array(len(lines) + 1)
	c.W.SimpleString(strings.ToUpper(string(c.Args[0])) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, line := range lines {
		c.W.SimpleString(line)
	}
}
