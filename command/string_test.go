package command

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"basalt/db"
	"basalt/db/arena"
	"basalt/internal/invariants"
	"basalt/resp"
)

const null = "$-1\r\n"

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

// TestSetIfEq fixes what Redis 8.4 and Valkey 8.1 agree on; redis-server 7
// does not know the option.
func TestSetIfEq(t *testing.T) {
	n := newNode(t, 2)
	n.want(null, "SET k new IFEQ old")
	n.want(":0\r\n", "EXISTS k")
	n.want("+OK\r\n", "SET k old")
	n.want(null, "SET k new IFEQ other")
	n.want(bulk("old"), "GET k")
	n.want("+OK\r\n", "SET k 12 IFEQ old")
	n.want("+OK\r\n", "SET k 13 ifeq 12 EX 100")
	n.want(":100\r\n", "TTL k")
	n.want("+OK\r\n", "SET k 14 IFEQ 13 KEEPTTL")
	n.want(":100\r\n", "TTL k")
	n.want("+OK\r\n", "SET k 15 IFEQ 14")
	n.want(":-1\r\n", "TTL k")
	n.want(bulk("15"), "SET k 16 IFEQ 1 GET")
	n.want(bulk("15"), "SET k 16 GET IFEQ 15")
	n.want(bulk("16"), "GET k")
	n.want(null, "SET absent 16 GET IFEQ 15")
	for _, line := range []string{
		"SET k v IFEQ", "SET k v NX IFEQ 1", "SET k v IFEQ 1 NX", "SET k v XX IFEQ 1", "SET k v IFEQ 1 IFEQ 2", "GETEX k IFEQ 1",
	} {
		n.want("-"+errSyntax+"\r\n", line)
	}
}

// TestMSetEX fixes what Redis 8.4 and Valkey 9.1 agree on.
func TestMSetEX(t *testing.T) {
	n := newNode(t, 2)
	n.want(":1\r\n", "MSETEX 2 a 1 b 2 EX 100")
	n.want("*2\r\n"+bulk("1")+bulk("2"), "MGET a b")
	n.want(":100\r\n", "TTL a")
	n.want(":0\r\n", "MSETEX 2 b 3 c 4 NX")
	n.want(":0\r\n", "MSETEX 2 b 3 c 4 XX EX 10")
	n.want(bulk("2"), "GET b")
	n.want(":1\r\n", "MSETEX 2 a 5 b 6 xx keepttl")
	n.want(":100\r\n", "TTL b")
	n.want(":1\r\n", "MSETEX 1 a 7")
	n.want(":-1\r\n", "TTL a")
	n.want(":1\r\n", "MSETEX 2 x 1 x 2 PX 100000 NX")
	n.want(bulk("2"), "GET x")
	n.want(":1\r\n", "MSETEX 1 y EX EXAT 4102444800")
	n.want(":4102444800\r\n", "EXPIRETIME y")
	n.want(":1\r\n", "MSETEX 1 old v PXAT 1")
	n.want(null, "GET old")
	for line, reply := range map[string]string{
		"MSETEX a 1 b":               errNumKeys,
		"MSETEX 0 a 1":               errNumKeys,
		"MSETEX -1 a 1":              errNumKeys,
		"MSETEX 2147483648 a 1":      errNumKeys,
		"MSETEX 2147483647 a 1":      errPairs,
		"MSETEX 2 a 1 b":             errPairs,
		"MSETEX 1 a 1 b":             errSyntax,
		"MSETEX 1 a 1 NX XX":         errSyntax,
		"MSETEX 1 a 1 EX 1 PX 1":     errSyntax,
		"MSETEX 1 a 1 EX 1 KEEPTTL":  errSyntax,
		"MSETEX 1 a 1 GET":           errSyntax,
		"MSETEX 1 a 1 PERSIST":       errSyntax,
		"MSETEX 1 a 1 EX":            errSyntax,
		"MSETEX 1 a 1 EX x":          errNotInteger,
		"MSETEX 1 a 1 EX 0":          "ERR invalid expire time in 'msetex' command",
		"MSETEX 1 a 1 PX -1 NX":      "ERR invalid expire time in 'msetex' command",
		"MSETEX 1 a":                 "ERR wrong number of arguments for 'msetex' command",
		"MSETEX 1 a 1 NX EX 9999 XX": errSyntax,
	} {
		n.want("-"+reply+"\r\n", line)
	}
}

// TestBigValuesAreNotCopied sets and gets a value that came in memory of its
// own, and looks where it is.
func TestBigValuesAreNotCopied(t *testing.T) {
	n := newNode(t, 2)
	before := n.keys.Arena().Stats().Blobs
	b := arena.NewBlob(100_000)
	clear(b.Bytes())
	token := uint64(b.Ref())
	n.c.Big = []resp.BigArg{{Arg: 2, Token: token}}
	n.w.Reset(n.first)
	n.run([][]byte{[]byte("SET"), []byte("k"), b.Bytes()})
	if n.c.Big[0].Token != 0 {
		t.Fatal("the batch still owns the value")
	}
	n.run([][]byte{[]byte("GET"), []byte("k")})
	pinned := 0
	for _, part := range n.w.Parts() {
		if part.Pin != 0 {
			pinned++
			if part.Pin != token || &part.Bytes[0] != &b.Bytes()[0] {
				t.Error("the reply refers to something else")
			}
		}
	}
	if pinned != 1 {
		t.Errorf("%d parts are pinned", pinned)
	}
	n.run([][]byte{[]byte("GETRANGE"), []byte("k"), []byte("10"), []byte("-10")})
	n.run([][]byte{[]byte("DEL"), []byte("k")})
	if n.keys.Arena().Stats().Blobs == before {
		t.Error("the value is gone before its reply was written")
	}
	n.w.Release(db.Unpin)
	if n.keys.Arena().Stats().Blobs != before {
		t.Error("the value outlives its reply")
	}
}

// TestUnusedBigValueIsLeft checks that a value that is not stored stays with
// the batch, which frees it.
func TestUnusedBigValueIsLeft(t *testing.T) {
	n := newNode(t, 2)
	before := n.keys.Arena().Stats().Blobs
	big := strings.Repeat("x", 50_000)
	n.want("+OK\r\n", "SET k v")
	for _, args := range [][]string{
		{"SET", "k", big, "NX"}, {"SETNX", "k", big}, {"SET", "k", big, "FOO"}, {"SETEX", "k", "0", big}, {"APPEND", "k", big},
		{"SET", big, "v"}, {"GET", big}, {"MSETNX", "k", big}, {"MSET", "a", big, "b"}, {"SETRANGE", "k", "0", big}, {"DEL", big},
		{"MSET", "a", big, "a", big, big, big}, {"GETSET", "a", big}, {"SET", "a", "1"}, {"FLUSHALL"},
	} {
		n.do(args...)
	}
	n.keys.Reclaim(1e9)
	if left := n.keys.Arena().Stats().Blobs - before; left != 0 {
		t.Errorf("%d bytes left", left)
	}
}

// TestScanSeesAll scans with small counts while keys come and go.
func TestScanSeesAll(t *testing.T) {
	n := newNode(t, 2)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		n.do("SET", fmt.Sprint("stay", i), "v")
	}
	seen := map[string]bool{}
	cursor := "0"
	for calls := 0; ; calls++ {
		reply := n.decode(n.do("SCAN", cursor, "COUNT", fmt.Sprint(1+r.IntN(30)), "MATCH", "stay*", "TYPE", "string")).(list)
		for _, key := range reply[1].(list) {
			seen[key.(string)] = true
		}
		if cursor = reply[0].(string); cursor == "0" {
			break
		}
		for range r.IntN(20) {
			n.do("SET", fmt.Sprint("come", r.IntN(5000)), "v")
			n.do("DEL", fmt.Sprint("come", r.IntN(5000)))
		}
		n.keys.Rehash(r.IntN(3))
		if calls > 100_000 {
			t.Fatal("the scan does not end")
		}
	}
	if len(seen) != 3000 {
		t.Errorf("%d of 3000 keys seen", len(seen))
	}
}

// TestObjectByPolicy asks for what only one policy knows.
func TestObjectByPolicy(t *testing.T) {
	n := newNode(t, 2)
	n.realTime = false
	n.want("+OK\r\n", "SET k v")
	n.keys.SetNow(n.keys.Now() + 5000)
	n.want(":5\r\n", "OBJECT IDLETIME k")
	n.want("-"+errNoLFU+"\r\n", "OBJECT FREQ k")
	n.want(":1\r\n", "TOUCH k")
	n.want(":0\r\n", "OBJECT IDLETIME k")
	n.keys.Policy = db.AccessPolicy{Access: db.ByCounter, LogFactor: 10, DecayTime: 1}
	n.want("+OK\r\n", "SET f v")
	n.want(":5\r\n", "OBJECT FREQ f")
	n.want("-"+errIsLFU+"\r\n", "OBJECT IDLETIME f")
	n.want(null, "OBJECT FREQ absent")
	n.keys.SetNow(n.keys.Now() + 3*60000)
	n.want(":2\r\n", "OBJECT FREQ f")
}

// TestHotCommandsAllocateNothing holds what the design promises.
func TestHotCommandsAllocateNothing(t *testing.T) {
	n := newNode(t, 2)
	n.realTime = false
	value := strings.Repeat("v", 64)
	n.do("SET", "counter", "100000")
	n.do("SET", "big", strings.Repeat("b", 100_000))
	many, pairs := []string{"MGET"}, []string{"MSET"}
	for i := range 40 {
		key := fmt.Sprint("key", i)
		n.do("SET", key, value)
		many = append(many, key)
		pairs = append(pairs, key, value)
	}
	commands := [][]string{
		{"SET", "k", value}, {"SET", "k", "12345"}, {"GET", "k"}, {"GET", "absent"}, {"INCR", "counter"}, {"INCRBY", "counter", "-3"},
		{"SET", "k", value, "EX", "100"}, {"SET", "k", value, "XX", "KEEPTTL", "GET"}, {"EXPIRE", "k", "100"}, {"TTL", "k"},
		{"GETEX", "k", "PERSIST"}, {"GETSET", "k", value}, {"APPEND", "k", "x"}, {"SETRANGE", "k", "3", "x"}, {"GETRANGE", "k", "0", "9"},
		{"STRLEN", "k"}, {"INCRBYFLOAT", "f", "0.1"}, {"GET", "big"}, {"EXISTS", "k", "big", "absent"}, {"TYPE", "k"},
		{"SETEX", "k", "100", value}, {"SETNX", "k", "v"}, {"SET", "d", "v"}, {"DEL", "d", "absent"}, {"RENAME", "k", "k2"},
		{"RENAME", "k2", "k"}, {"COPY", "k", "k3", "REPLACE"}, {"SCAN", "0", "COUNT", "100", "MATCH", "key*"}, {"RANDOMKEY"},
		{"PERSIST", "k"}, {"TOUCH", "k"}, {"DBSIZE"}, {"OBJECT", "ENCODING", "k"}, many, pairs,
		{"SETBIT", "bits", "1000", "1"}, {"SETBIT", "big", "1000", "0"}, {"GETBIT", "bits", "1000"}, {"BITCOUNT", "big"},
		{"BITPOS", "big", "0", "3", "-1", "BIT"}, {"BITOP", "XOR", "bits2", "bits", "k", "counter"}, {"BITOP", "ONE", "big2", "big", "bits"},
		{"BITFIELD", "bits", "GET", "u8", "#3", "OVERFLOW", "SAT", "INCRBY", "i5", "100", "7"},
		{"PFADD", "hll", "a", "b", "c"}, {"PFCOUNT", "hll"}, {"PFADD", "hll2", "c", "d"}, {"PFCOUNT", "hll", "hll2"}, {"PFMERGE", "hll3", "hll", "hll2"},
		{"GEOADD", "g", "13.36", "38.11", "a", "15.08", "37.5", "b"}, {"GEODIST", "g", "a", "b", "km"}, {"GEOPOS", "g", "a", "b"}, {"GEOHASH", "g", "a"},
		{"GEOSEARCH", "g", "FROMMEMBER", "a", "BYRADIUS", "300", "km", "ASC", "WITHDIST", "WITHCOORD", "WITHHASH"},
		{"GEOSEARCHSTORE", "g2", "g", "FROMLONLAT", "15", "37", "BYBOX", "400", "400", "km", "STOREDIST"},
	}
	for _, command := range commands {
		args := make([][]byte, len(command))
		for i := range command {
			args[i] = []byte(command[i])
		}
		n.c.Big = nil
		run := func() {
			n.w.Reset(n.first)
			n.run(args)
			n.w.Release(db.Unpin)
		}
		run()
		run()
		if got := testing.AllocsPerRun(50, run); got != 0 && !invariants.Enabled {
			t.Errorf("%s: %v allocations", shortened(command), got)
		}
	}
}
