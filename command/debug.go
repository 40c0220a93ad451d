package command

import (
	"crypto/sha1"
	"encoding/hex"
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
		"object":            {1, 1, debugObject, "<key>: how the value lies in memory"},
		"set-active-expire": {1, 1, debugActiveExpire, "<0|1>: expire keys on time, or only when they are met"},
		"digest":            {0, 0, debugDigest, "a signature of the whole data set"},
		"digest-value":      {1, -1, debugDigestValue, "<key> [<key> ...]: signatures of values"},
		"populate":          {1, 3, debugPopulate, "<count> [<prefix>] [<size>]: create keys that are not there"},
		"protocol":          {1, 1, debugProtocol, "<type>: a reply of that type"},
		"stringmatch-len":   {2, 2, debugStringMatch, "<length> <pattern>: match a pattern against zeros"},
		"htstats":           {1, 2, debugTableStats, "<dbid> [full]: the state of a database's table"},
		"log":               {1, 1, debugLog, "<message>: write a line to the log"},
		"replybuffer":       {2, 2, debugReplyBuffer, "<subcommand> <arg>: accepted for test suites; reply buffers do not resize"},
	}
}

// Why DEBUG is refused unless it was enabled.
const errDebugOff = "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", " +
	"you can run it from a local connection, otherwise you need to set this option in the configuration file, " +
	"and then restart the server."

func cmdDebug(c *Context) {
	if !c.Host.Config().EnableDebugCommand.Allows(c.Client.IsLocal()) {
		c.Error(errDebugOff)
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
	return cl.Flags&Unix != 0 || strings.HasPrefix(cl.Addr, "127.") || strings.HasPrefix(cl.Addr, "[::1]")
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

func debugSleep(c *Context, args [][]byte) {
	seconds, err := strconv.ParseFloat(string(args[0]), 64)
	if err != nil || seconds < 0 {
		seconds = 0 // as Redis, which does not look at it
	}
	c.Host.Sleep(int64(seconds * 1e9))
	c.W.OK()
}

func debugObject(c *Context, args [][]byte) {
	e := c.DB.Peek(args[0], db.Hash(args[0]))
	if e == nil {
		c.Error("ERR no such key")
		return
	}
	c.W.SimpleString(fmt.Sprintf("Value at:%#x refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		e.Address(), e.EncodingName(), e.StringLen()+1, e.AccessBits(), c.Keys.Idle(e)))
}

func debugActiveExpire(c *Context, args [][]byte) {
	n, _ := decimal.Parse(args[0])
	c.Keys.ActiveExpire = n != 0
	c.W.OK()
}

// digest is a signature of keys and values that does not depend on their
// order: the exclusive or of one hash a key.
type digest [sha1.Size]byte

func (d *digest) xor(other [sha1.Size]byte) {
	for i := range d {
		d[i] ^= other[i]
	}
}

// valueDigest is the signature of a value, with its deadline's presence.
func valueDigest(e *db.Entry) digest {
	var scratch [decimal.MaxLen]byte
	h := sha1.New()
	h.Write([]byte(e.Type().String()))
	h.Write([]byte{0})
	h.Write(e.Bytes(scratch[:]))
	if _, volatile := e.Deadline(); volatile {
		h.Write([]byte("!expire"))
	}
	return digest(h.Sum(nil))
}

func debugDigest(c *Context, _ [][]byte) {
	var all digest
	for n := range c.Keys.Count() {
		c.Keys.DB(n).Each(func(e *db.Entry) bool {
			value := valueDigest(e)
			h := sha1.New()
			fmt.Fprintf(h, "%d %d ", n, len(e.Key()))
			h.Write(e.Key())
			h.Write(value[:])
			all.xor([sha1.Size]byte(h.Sum(nil)))
			return true
		})
	}
	c.W.SimpleString(hex.EncodeToString(all[:]))
}

func debugDigestValue(c *Context, args [][]byte) {
	c.W.Array(len(args))
	for _, key := range args {
		var d digest
		if e := c.DB.Peek(key, db.Hash(key)); e != nil {
			d = valueDigest(e)
		}
		c.W.SimpleString(hex.EncodeToString(d[:]))
	}
}

func debugPopulate(c *Context, args [][]byte) {
	count, ok := decimal.Parse(args[0])
	if !ok || count < 0 {
		c.Error("ERR value is out of range, must be positive")
		return
	}
	prefix, size := "key", int64(0)
	if len(args) > 1 {
		prefix = string(args[1])
	}
	if len(args) > 2 {
		if size, ok = decimal.Parse(args[2]); !ok || size < 0 {
			c.Error("ERR value is out of range, must be positive")
			return
		}
	}
	for i := range count {
		key := []byte(prefix + ":" + strconv.FormatInt(i, 10))
		hash := db.Hash(key)
		if c.DB.Peek(key, hash) != nil {
			continue
		}
		value := []byte("value:" + strconv.FormatInt(i, 10))
		if len(args) > 2 {
			sized := make([]byte, size)
			copy(sized, value)
			value = sized
		}
		c.DB.SetString(key, hash, value, db.NoDeadline)
		c.Modified(c.DB, key)
	}
	c.W.OK()
}

func debugProtocol(c *Context, args [][]byte) {
	w := c.W
	switch strings.ToLower(string(args[0])) {
	case "string":
		w.BulkString("Hello World")
	case "integer":
		w.Int(12345)
	case "double":
		w.Double(3.141)
	case "null":
		w.Null()
	case "array":
		w.Array(3)
		for i := range 3 {
			w.Int(int64(i))
		}
	case "set":
		w.Set(3)
		for i := range 3 {
			w.Int(int64(i))
		}
	case "map":
		w.Map(3)
		for i := range 3 {
			w.Int(int64(i))
			w.Bool(i == 1)
		}
	case "attrib":
		if w.Proto() < 3 {
			c.Error("ERR Attributes are only available in RESP3")
			return
		}
		w.Attribute(1)
		w.BulkString("key-popularity")
		w.Array(2)
		w.BulkString("key:123")
		w.Int(90)
		w.BulkString("Some real reply following the attribute")
	case "push":
		if w.Proto() < 3 {
			c.Error("ERR RESP2 is not supported by this command")
			return
		}
		w.Push(2)
		w.BulkString("server-cpu-usage")
		w.Int(42)
	case "true":
		w.Bool(true)
	case "false":
		w.Bool(false)
	case "verbatim":
		w.Verbatim("txt", "This is a verbatim\nstring")
	case "bignum":
		w.BigNumber("1234567999999999999999999999999999999")
	default:
		c.Error("ERR Wrong protocol type name. Please use one of the following: " +
			"string|integer|double|null|array|set|map|attrib|push|verbatim|true|false")
	}
}

func debugStringMatch(c *Context, args [][]byte) {
	n, ok := decimal.Parse(args[0])
	if !ok || n < 0 || n > 512<<20 {
		c.Error(errNotInteger)
		return
	}
	c.W.Int(int64(b2i(glob.Match(args[1], make([]byte, n), false))))
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
	d, s := c.Keys.DB(int(n)), c.Keys.Stats(int(n))
	var r strings.Builder
	fmt.Fprintf(&r, "[Dictionary HT]\nHash table 0 stats (main hash table):\n")
	fmt.Fprintf(&r, " table size: %d\n number of elements: %d\n", s.Buckets, d.Len())
	fmt.Fprintf(&r, " overflow buckets: %d\n level: %d\n split pointer: %d\n steps: %d\n bytes: %d\n",
		s.Overflow, s.Level, s.Split, s.Steps, s.Bytes)
	if len(args) == 2 {
		chains := c.Keys.Chains(int(n))
		fmt.Fprintf(&r, " buckets visited by a hit: %.2f\n buckets visited by a miss: %.2f\n", chains.HitVisits, chains.MissVisits)
		r.WriteString(" Overflow buckets behind a bucket:\n")
		for length, buckets := range chains.ByLength {
			fmt.Fprintf(&r, "   %d: %d\n", length, buckets)
		}
	}
	fmt.Fprintf(&r, "[Expires HT]\n number of elements: %d\n", d.Volatile())
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
			c.subcommandSyntaxError()
			return
		}
	case isWord(args[0], "resizing"):
		if _, ok := decimal.Parse(args[1]); !ok {
			c.subcommandSyntaxError()
			return
		}
	default:
		c.subcommandSyntaxError()
		return
	}
	c.W.OK()
}
