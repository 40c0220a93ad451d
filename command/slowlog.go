package command

import (
	"strconv"

	"basalt/internal/decimal"
)

const (
	// slowArgs and slowArgBytes bound what the slow log keeps of a command, as
	// Redis does: the rest is named by its count.
	slowArgs     = 32
	slowArgBytes = 128
)

// LogKind is why a command is logged: one of the types of COMMANDLOG.
type LogKind uint8

// The kinds.
const (
	LogSlow         LogKind = iota // it took long; the value is microseconds
	LogLargeRequest                // it has many bytes, which the value is
	LogLargeReply                  // its reply has
	LogKinds
)

// logKindNames are the words of COMMANDLOG.
var logKindNames = [LogKinds]string{"slow", "large-request", "large-reply"}

// SlowEntry is one command of the slow log, or of another of the command logs.
type SlowEntry struct {
	ID    int64
	UnixS int64 // when it ran, Unix time in seconds
	Value int64 // what it is logged for, see LogKind
	// Command is the full name of the row that ran, ArgCount how many arguments
	// it was called with, its name included: what may be shown to those who may
	// not see the arguments.
	Command  string
	ArgCount int
	Args     []string
	Addr     string
	Name     string
}

// SlowLog keeps the last commands that took long, or were large. Its memory grows
// with what it holds, not with what it may hold.
type SlowLog struct {
	max     int64
	entries []SlowEntry // a ring; the oldest stands at first
	first   int
	nextID  int64
}

// Resize sets how many entries are kept; the newest stay. It is
// slowlog-max-len.
func (l *SlowLog) Resize(n int64) {
	kept := l.Newest(int(min(n, int64(len(l.entries)))))
	for i, k := 0, len(kept)-1; i < k; i, k = i+1, k-1 {
		kept[i], kept[k] = kept[k], kept[i]
	}
	l.max, l.entries, l.first = n, kept, 0
}

// Add records a call of a row's command by its full name. The arguments are
// copied, shortened to what the log keeps.
func (l *SlowLog) Add(unixS, value int64, command string, args [][]byte, addr, name string) {
	e := SlowEntry{
		ID: l.nextID, UnixS: unixS, Value: value, Command: command, ArgCount: len(args),
		Args: shorten(args), Addr: addr, Name: name,
	}
	l.nextID++
	switch {
	case int64(len(l.entries)) < l.max:
		l.entries = append(l.entries, e) // first is 0 until the ring is full
	case l.max > 0:
		l.entries[l.first] = e
		l.first = (l.first + 1) % len(l.entries)
	}
}

func shorten(args [][]byte) []string {
	n := min(len(args), slowArgs)
	kept := make([]string, n)
	for i := range kept {
		switch {
		case n < len(args) && i == n-1:
			kept[i] = "... (" + strconv.Itoa(len(args)-n+1) + " more arguments)"
		case len(args[i]) > slowArgBytes:
			kept[i] = string(args[i][:slowArgBytes]) + "... (" + strconv.Itoa(len(args[i])-slowArgBytes) + " more bytes)"
		default:
			kept[i] = string(args[i])
		}
	}
	return kept
}

// Len returns the number of entries kept.
func (l *SlowLog) Len() int { return len(l.entries) }

// Clear drops all entries; ids go on.
func (l *SlowLog) Clear() { l.entries, l.first = nil, 0 }

// Newest returns a copy of up to n entries, the newest first.
func (l *SlowLog) Newest(n int) []SlowEntry {
	list := make([]SlowEntry, 0, min(n, len(l.entries)))
	l.Latest(n, func(e *SlowEntry) { list = append(list, *e) })
	return list
}

// Latest calls f with up to n entries, the newest first. They are valid until f
// returns; it allocates nothing.
func (l *SlowLog) Latest(n int, f func(*SlowEntry)) {
	count := len(l.entries)
	for i := range min(n, count) {
		f(&l.entries[(l.first+count-1-i)%count])
	}
}

func cmdSlowlogLen(c *Context) { c.W.Int(int64(c.Host.CommandLog(LogSlow).Len())) }

func cmdSlowlogReset(c *Context) {
	c.Host.CommandLog(LogSlow).Clear()
	c.W.OK()
}

func cmdSlowlogGet(c *Context) {
	count := int64(10)
	switch {
	case len(c.Args) > 3:
		c.subcommandSyntaxError()
		return
	case len(c.Args) == 3:
		n, ok := c.logCount(2)
		if !ok {
			return
		}
		count = n
	}
	c.logEntries(c.Host.CommandLog(LogSlow), count)
}

// logCount reads how many entries are wanted, -1 for all. It replies if that makes
// no sense.
func (c *Context) logCount(i int) (int64, bool) {
	n, ok := decimal.Parse(c.Args[i])
	if !ok || n < -1 {
		c.Error("ERR count should be greater than or equal to -1")
		return 0, false
	}
	return n, true
}

// logEntries replies with the newest entries of a log.
func (c *Context) logEntries(log *SlowLog, count int64) {
	if all := int64(log.Len()); count == -1 || count > all {
		count = all
	}
	entries := log.Newest(int(count))
	c.W.Array(len(entries))
	for i := range entries {
		c.slowEntry(&entries[i])
	}
}

func (c *Context) slowEntry(e *SlowEntry) {
	c.W.Array(6)
	c.W.Int(e.ID)
	c.W.Int(e.UnixS)
	c.W.Int(e.Value)
	c.W.Array(len(e.Args))
	for _, arg := range e.Args {
		c.W.BulkString(arg)
	}
	c.W.BulkString(e.Addr)
	c.W.BulkString(e.Name)
}
