package command

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/glob"
)

// debugCommand is one subcommand of DEBUG: how many arguments it takes behind
// its name, and what it does.
type debugCommand struct {
	min, max int
	run      func(c *Context, args [][]byte)
	usage    string
}

// debugTable is built by a function because HELP reads it.
func debugTable() map[string]debugCommand {
	return map[string]debugCommand{
		"help":              {0, 0, debugHelp, ""},
		"sleep":             {1, 1, debugSleep, "<seconds>: stop the server for that long"},
		"reload":            {0, -1, debugReload, "[MERGE] [NOFLUSH] [NOSAVE]: save the data set and load it back"},
		"loadaof":           {0, -1, debugLoadAOF, "load the data set from the log in place of what is in memory"},
		"object":            {1, 1, debugObject, "<key>: how the value lies in memory"},
		"set-active-expire": {1, 1, debugActiveExpire, "<0|1>: expire keys on time, or only when they are met"},
		"digest":            {0, 0, debugDigest, "a signature of the whole data set"},
		"digest-value":      {0, -1, debugDigestValue, "<key> [<key> ...]: signatures of values"},
		"populate":          {1, 3, debugPopulate, "<count> [<prefix>] [<size>]: create keys that are not there"},
		"protocol":          {1, 1, debugProtocol, "<type>: a reply of that type"},
		"stringmatch-len":   {2, 2, debugStringMatch, "<pattern> <string>: whether a pattern matches"},
		"htstats":           {1, -1, debugTableStats, "<dbid> [full]: the state of a database's table"},
		"htstats-key":       {1, -1, debugKeyTableStats, "<key> [full]: the same of the table that a value is"},
		"error":             {1, 1, debugError, "<message>: an error reply of any wording"},
		"log":               {1, 1, debugLog, "<message>: write a line to the log"},
		"replybuffer":       {2, 2, debugReplyBuffer, "<subcommand> <arg>: accepted for test suites; reply buffers do not resize"},
	}
}

// Why DEBUG is refused unless it was enabled.
const errDebugOff = "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", " +
	"you can run it from a local connection, otherwise you need to set this option in the configuration file, " +
	"and then restart the server."

// ProtectedError is why the client may not use a command with the Protected
// flag, or nothing. It is a reason that goes before missing authentication.
func (c *Context) ProtectedError(row *Row) string {
	if row.Flags&Protected == 0 || c.Replaying || c.Host.Config().EnableDebugCommand.Allows(c.Client.IsLocal()) {
		return ""
	}
	return errDebugOff
}

func cmdDebug(c *Context) {
	if err := c.ProtectedError(c.Row); err != "" {
		c.Error(err)
		return
	}
	d, ok := debugTable()[strings.ToLower(string(c.Args[1]))]
	args := c.Args[2:]
	if !ok || d.run == nil || len(args) < d.min || d.max >= 0 && len(args) > d.max {
		c.subcommandSyntaxError()
		return
	}
	d.run(c, args)
}

// IsLocal reports whether the client is on this machine.
func (cl *Client) IsLocal() bool {
	return cl.Flags&Unix != 0 || !cl.Distant && (strings.HasPrefix(cl.Addr, "127.") || strings.HasPrefix(cl.Addr, "[::1]"))
}

func debugHelp(c *Context, _ [][]byte) {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(debugTable())) {
		if usage := debugTable()[name].usage; usage != "" {
			lines = append(lines, strings.ToUpper(name), helpIndent+usage)
		}
	}
	c.help(lines)
}

// debugSleepMax bounds DEBUG SLEEP, in seconds.
const debugSleepMax = 1e9

func debugSleep(c *Context, args [][]byte) {
	seconds, err := strconv.ParseFloat(string(args[0]), 64)
	if err != nil || !(seconds > 0 && seconds < debugSleepMax) {
		seconds = 0 // what makes no sense is no error in Redis either
	}
	c.Host.Sleep(int64(seconds * 1e9))
	c.W.OK()
}

func debugObject(c *Context, args [][]byte) {
	e := c.DB.Peek(args[0], db.Hash(args[0]))
	if e == nil {
		c.Error(errNoKey)
		return
	}
	c.W.SimpleString(fmt.Sprintf("Value at:%#x refcount:%d encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		e.Address(), c.refCount(e), e.EncodingName(), serializedLen(e), e.AccessBits(), c.Keys.Idle(e)))
}

// serializedLen is what the value takes in a snapshot without compression; for
// a collection what it takes in memory stands for it.
func serializedLen(e *db.Entry) int {
	if e.Type() != db.TypeString {
		return e.MemoryUsage()
	}
	n, isInt := e.Int()
	size := e.StringLen()
	switch {
	case isInt && n == int64(int8(n)):
		return 2
	case isInt && n == int64(int16(n)):
		return 3
	case isInt && n == int64(int32(n)):
		return 5
	case size < 1<<6:
		return 1 + size
	case size < 1<<14:
		return 2 + size
	}
	return 5 + size
}

func debugActiveExpire(c *Context, args [][]byte) {
	n, _ := decimal.Parse(args[0])
	c.Keys.ActiveExpire = n != 0
	c.W.OK()
}

func debugPopulate(c *Context, args [][]byte) {
	count, ok := decimal.Parse(args[0])
	if !ok || count < 0 {
		c.Error(errNotPositive)
		return
	}
	prefix, size := "key", int64(0)
	if len(args) > 1 {
		prefix = string(args[1])
	}
	if len(args) > 2 {
		if size, ok = decimal.Parse(args[2]); !ok || size < 0 {
			c.Error(errNotPositive)
			return
		}
	}
	before := c.Keys.Dirty
	for i := range count {
		key := []byte(prefix + ":" + strconv.FormatInt(i, 10))
		hash := db.Hash(key)
		if c.DB.Peek(key, hash) != nil {
			continue
		}
		value := []byte("value:" + strconv.FormatInt(i, 10))
		if size > 0 {
			sized := make([]byte, size)
			copy(sized, value)
			value = sized
		}
		// An expired key may still be there while clients are paused.
		c.DB.Delete(key, hash)
		c.DB.SetString(key, hash, value, db.NoDeadline)
		c.Modified(c.DB, key)
	}
	if c.Logging {
		// DEBUG is no command that writes, but this is: the same on the same
		// keys, and shorter than they are.
		c.LogVerbatim(before)
	}
	c.W.OK()
}

func debugStringMatch(c *Context, args [][]byte) {
	c.W.Int(int64(b2i(glob.Match(args[0], args[1], false))))
}

// debugError does not count as an error that the server found.
func debugError(c *Context, args [][]byte) { c.W.ErrorBytes(args[0]) }

func debugKeyTableStats(c *Context, args [][]byte) {
	e := c.DB.Peek(args[0], db.Hash(args[0]))
	if e == nil {
		c.Error(errNoKey)
		return
	}
	stats, ok := e.ValueStats()
	if !ok {
		c.Error("ERR The value stored at the specified key is not represented using an hash table")
		return
	}
	var r strings.Builder
	writeTableStats(&r, stats)
	if len(args) > 1 && isWord(args[1], "full") {
		writeTableChains(&r, e.ValueChains())
	}
	c.W.Verbatim("txt", r.String())
}

func writeTableStats(r *strings.Builder, s db.TableStats) {
	fmt.Fprintf(r, "Hash table 0 stats (main hash table):\n")
	fmt.Fprintf(r, " table size: %d\n number of elements: %d\n", s.Buckets, s.Len)
	fmt.Fprintf(r, " overflow buckets: %d\n level: %d\n split pointer: %d\n steps: %d\n bytes: %d\n",
		s.Overflow, s.Level, s.Split, s.Steps, s.Bytes)
}

func writeTableChains(r *strings.Builder, chains db.TableChains) {
	fmt.Fprintf(r, " buckets visited by a hit: %.2f\n buckets visited by a miss: %.2f\n", chains.HitVisits, chains.MissVisits)
	r.WriteString(" Overflow buckets behind a bucket:\n")
	for length, buckets := range chains.ByLength {
		fmt.Fprintf(r, "   %d: %d\n", length, buckets)
	}
}

func debugTableStats(c *Context, args [][]byte) {
	n, ok := decimal.Parse(args[0])
	if !ok {
		c.Error(errNotInteger)
		return
	}
	if n < 0 || n >= int64(c.Keys.Count()) {
		c.Error("ERR Out of range database")
		return
	}
	var r strings.Builder
	r.WriteString("[Dictionary HT]\n")
	writeTableStats(&r, c.Keys.Stats(int(n)))
	if len(args) > 1 && isWord(args[1], "full") {
		writeTableChains(&r, c.Keys.Chains(int(n)))
	}
	fmt.Fprintf(&r, "[Expires HT]\n number of elements: %d\n", c.Keys.DB(int(n)).Volatile())
	c.W.Verbatim("txt", r.String())
}

func debugLog(c *Context, args [][]byte) {
	c.Host.Log("warning", "DEBUG LOG: "+string(args[0]))
	c.W.OK()
}

func debugReplyBuffer(c *Context, args [][]byte) {
	switch {
	case isWord(args[0], "peak-reset-time"):
		if _, ok := decimal.Parse(args[1]); !ok && !isWord(args[1], "never") && !isWord(args[1], "reset") {
			c.Error(errNotInteger)
			return
		}
	case isWord(args[0], "resizing"):
	default:
		c.subcommandSyntaxError()
		return
	}
	c.W.OK()
}
