package generate

import (
	"slices"
	"strings"
)

// rule is a command with its options.
type rule struct {
	weight  int
	name    string
	element element
	compare string
	// fixed says that the comparison only fits this command: what breaking
	// turns into another one is dropped.
	fixed bool
}

// template is a command: how often, how replies compare, and the form.
type template struct {
	weight  int
	compare string
	form    string
}

// families are the templates of all commands; those of collections and the
// like stand in files of their own.
var families = slices.Concat(
	templates,
	bitmapTemplates,
	hashTemplates,
	zsetTemplates,
	setTemplates,
	hyperloglogTemplates,
	geoTemplates,
	listTemplates,
	streamTemplates,
	sortTemplates,
)

var templates = []template{
	// Strings. A key that is set with a deadline in the past may be counted by
	// DBSIZE until somebody looks for it, so SET does not.
	{60, "", "SET <key> <value> [(NX|XX)] [GET] [(EX <relative>|PX <relative>|EXAT <future>|PXAT <futuremillis>|KEEPTTL)]"},
	{6, "", "SET <key> <value> [(EX <relative>|PX <relative>|KEEPTTL)...] [(NX|XX|GET)...]"},
	{40, "", "GET <key>"},
	{8, "", "GETDEL <key>"},
	{14, "", "GETEX <key> [(EX <relative>|PX <relative>|EXAT <seconds>|PXAT <millis>|PERSIST)]"},
	{8, "", "GETSET <key> <value>"},
	{8, "", "SETNX <key> <value>"},
	{6, "", "SETEX <key> <relative> <value>"},
	{6, "", "PSETEX <key> <relative> <value>"},
	{10, "", "MGET <key>..."},
	{10, "", "MSET (<key> <value>)..."},
	{8, "", "MSETNX (<key> <value>)..."},
	{14, "", "APPEND <key> <value>"},
	{8, "", "STRLEN <key>"},
	{12, "", "GETRANGE <key> <index> <index>"},
	{4, "", "SUBSTR <key> <index> <index>"},
	{12, "", "SETRANGE <key> <offset> <value>"},
	{10, "", "INCR <key>"},
	{10, "", "DECR <key>"},
	{10, "", "INCRBY <key> <integer>"},
	{10, "", "DECRBY <key> <integer>"},
	{20, "", "INCRBYFLOAT <key> <float>"},
	{8, "", "LCS <key> <key> [LEN] [IDX] [MINMATCHLEN <small>] [WITHMATCHLEN]"},

	// Keys.
	{12, "", "DEL <key>..."},
	{6, "", "UNLINK <key>..."},
	{8, "", "EXISTS <key>..."},
	{4, "", "TOUCH <key>..."},
	{6, "", "TYPE <key>"},
	{12, "", "EXPIRE <key> <relative> [(NX|XX|GT|LT)]"},
	{8, "", "PEXPIRE <key> <relative> [(NX|XX|GT|LT)...]"},
	{10, "", "EXPIREAT <key> <seconds> [(NX|XX|GT|LT)...]"},
	{10, "", "PEXPIREAT <key> <millis> [(NX|XX|GT|LT)]"},
	{8, "near 120", "TTL <key>"},
	{8, "near 120000", "PTTL <key>"},
	{10, "near 120", "EXPIRETIME <key>"},
	{10, "near 120000", "PEXPIRETIME <key>"},
	{8, "", "PERSIST <key>"},
	{10, "", "RENAME <key> <key>"},
	{8, "", "RENAMENX <key> <key>"},
	{12, "", "COPY <key> <key> [DB <db>] [REPLACE]"},
	{8, "", "MOVE <key> <db>"},
	{4, "type", "RANDOMKEY"},
	{6, "sort", "KEYS <pattern>"},
	{6, "scan", "SCAN 0 COUNT 100000 [MATCH <pattern>] [TYPE <type>]"},
	{16, "", "OBJECT ENCODING <key>"},
	{3, "type", "OBJECT REFCOUNT <key>"}, // which small integers are shared is a matter of taste
	{3, "near 120", "OBJECT IDLETIME <key>"},
	{2, "type", "OBJECT FREQ <key>"},
	{6, "", "DBSIZE"},
	{3, "", "SELECT <db>"},
	{2, "", "SWAPDB <db> <db>"},
	{1, "", "FLUSHDB [(SYNC|ASYNC)]"},

	// Connections and the server.
	{3, "", "PING [<value>]"},
	{3, "", "ECHO <value>"},
	{2, "", "CLIENT SETNAME <name>"},
	{2, "", "CLIENT GETNAME"},
	{1, "", "CLIENT NO-EVICT (ON|OFF)"},
	{1, "", "CLIENT (KILL|UNBLOCK|REPLY|nonsense) <value> <value>"},
	{4, "pairs", "CONFIG GET <setting>..."},
	{6, "", "CONFIG SET (<setting> <setto>)..."},
	{2, "", "CONFIG SET maxmemory <memory>"},
	{2, "type", "MEMORY USAGE <key> [SAMPLES <small>]"},
	{3, "", "COMMAND GETKEYS (SET|MSET|DEL|COPY|GETEX|LCS|PING|nonsense) <key> [<value>...]"},
	{3, "", "COMMAND GETKEYSANDFLAGS (SET|MSET|DEL|COPY|GETEX|LCS|PING|nonsense) <key> [<value>...]"},
	{1, "", "SLOWLOG (GET|LEN|RESET) <value>"},
	{2, "", "nonsense [<value>...]"},
}

var rules, weights = compileAll()

func compileAll() (all []rule, sum int) {
	for _, t := range families {
		name, _, _ := strings.Cut(t.form, " ")
		all = append(all, rule{
			weight: t.weight, name: name, element: compile(t.form), compare: t.compare, fixed: t.compare != "",
		})
		sum += t.weight
	}
	return all, sum
}
