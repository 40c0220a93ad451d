package command

import (
	"bytes"

	"basalt/db"
)

// SetReplaying says that a log is being executed, with Replay, or no longer is.
// Nothing expires meanwhile: the log says what did. Commands of clients may come
// between those of the log.
func (c *Context) SetReplaying(on bool) { c.Keys.Replay = on }

// ReplayError is why a command of a log could not be executed.
type ReplayError struct {
	// Line is the error that a client would get.
	Line string
	// Unknown says that there is no such command, or none with so many
	// arguments: the log is not one that this server can read. Else the data
	// did not fit the command.
	Unknown bool
}

// Error returns the line.
func (e *ReplayError) Error() string { return e.Line }

// Replay executes a command of a log, by the name that it was declared with, on
// d. SetReplaying has been called, and Client and W are set: the caller owns
// both, and drops the reply, which is in W when this returns. The error is a
// *ReplayError. The command is not held to limits that clients are held to, and
// does not wait.
func (c *Context) Replay(d *db.DB, args [][]byte) error {
	row, fault := c.Host.Table().ResolveLogged(args)
	if fault != NoFault {
		return &ReplayError{Line: string(AppendFault(nil, fault, row, args)), Unknown: true}
	}
	hash := uint64(0)
	if row.FirstKey > 0 {
		hash = db.Hash(args[row.FirstKey])
	}
	c.DB, c.Big = d, nil
	c.Begin(row, args, hash)
	before := c.W.Size()
	replaying, noBlock := c.Replaying, c.NoBlock
	c.Replaying, c.NoBlock = true, true
	row.Handler(c)
	c.Replaying, c.NoBlock = replaying, noBlock
	if !c.failed {
		return nil
	}
	line := c.W.AppendTo(nil)[before:]
	return &ReplayError{Line: string(bytes.TrimRight(bytes.TrimLeft(line, "-"), "\r\n"))}
}
