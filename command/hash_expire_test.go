package command

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/db"
)

// codes is an array of integers as a reply.
func codes(numbers ...string) string {
	return "*" + strconv.Itoa(len(numbers)) + "\r\n:" + strings.Join(numbers, "\r\n:") + "\r\n"
}

// bulks is an array of strings as a reply; "-" stands for null.
func bulks(words ...string) string {
	reply := "*" + strconv.Itoa(len(words)) + "\r\n"
	for _, word := range words {
		if word == "-" {
			reply += null
		} else {
			reply += bulk(word)
		}
	}
	return reply
}

// fieldNode is a node whose clock the test owns, with the events that it saw.
type fieldNode struct {
	*node
	events []string
}

const fieldEpoch = 1_700_000_000_000

func newFieldNode(t *testing.T, proto int) *fieldNode {
	n := &fieldNode{node: newNode(t, proto)}
	n.realTime = false
	n.keys.SetNow(fieldEpoch)
	n.c.OnEvent = func(class EventClass, event string, d *db.DB, key []byte) {
		n.events = append(n.events, event+" "+string(key))
	}
	n.keys.OnFieldExpire = n.c.FieldExpired
	return n
}

func (n *fieldNode) wantEvents(want ...string) {
	n.t.Helper()
	if got := strings.Join(n.events, ", "); got != strings.Join(want, ", ") {
		n.t.Errorf("events %s, want %s", got, strings.Join(want, ", "))
	}
	n.events = nil
}

// TestFieldDeadlines fixes what Redis 7.4 documents of the HEXPIRE family.
func TestFieldDeadlines(t *testing.T) {
	for _, kind := range []string{"listpack", "hashtable"} {
		n := newFieldNode(t, 2)
		if kind == "hashtable" {
			n.keys.Limits.HashEntries = 0
		}
		n.want(codes("-2", "-2"), "HEXPIRE h 10 FIELDS 2 a b")
		n.want(codes("-2"), "HTTL h FIELDS 1 a")
		n.want(codes("-2", "-2"), "HPERSIST h FIELDS 2 a b")
		n.want(":4\r\n", "HSET h a 1 b 2 c 3 d 4")
		n.want(bulk(kind), "OBJECT ENCODING h")
		n.want(codes("-1", "-2"), "HTTL h FIELDS 2 a x")
		n.wantEvents("hset h")
		n.want(codes("1", "-2"), "HEXPIRE h 100 FIELDS 2 a x")
		n.wantEvents("hexpire h")
		n.want(codes("100", "-1"), "HTTL h FIELDS 2 a b")
		n.want(codes("100000"), "HPTTL h FIELDS 1 a")
		n.want(codes("1700000100"), "HEXPIRETIME h FIELDS 1 a")
		n.want(codes("1700000100000"), "HPEXPIRETIME h FIELDS 1 a")
		n.want(codes("0", "1"), "HEXPIRE h 200 NX FIELDS 2 a b")
		n.want(codes("1", "0"), "HPEXPIRE h 150000 xx FIELDS 2 a c")
		n.want(codes("0", "0", "0"), "HEXPIRE h 150 GT FIELDS 3 a b c")
		n.want(codes("1", "0", "0"), "HEXPIRE h 160 GT FIELDS 3 a b c")
		n.want(codes("0", "1", "1"), "HEXPIREAT h 1700000160 LT FIELDS 3 a b c")
		n.keys.SetNow(fieldEpoch + 1)
		n.want(codes("160", "160", "160", "-1"), "HTTL h FIELDS 4 a b c d") // seconds that have begun
		n.want(codes("159999"), "HPTTL h FIELDS 1 a")
		n.want(codes("1", "-1", "-2"), "HPERSIST h FIELDS 3 a d x")
		n.want(codes("-1"), "HTTL h FIELDS 1 a")

		// HSET takes the deadline away, the increments keep it.
		n.want(":0\r\n", "HSET h b 5")
		n.want(":4\r\n", "HINCRBY h c 1")
		n.want(bulk("5.5"), "HINCRBYFLOAT h c 1.5")
		n.want(codes("-1", "160"), "HTTL h FIELDS 2 b c")
		n.want(":0\r\n", "HSETNX h c 1")
		n.want(codes("160"), "HTTL h FIELDS 1 c")

		// What has passed already is deleted.
		n.events = nil
		n.want(codes("0", "2", "-2"), "HPEXPIREAT h 1700000000001 NX FIELDS 3 c d x")
		n.wantEvents("hdel h")
		n.want(codes("2", "-2", "2"), "HEXPIRE h 0 FIELDS 3 a a b")
		n.want(":1\r\n", "HLEN h")
		n.events = nil
		n.want(codes("2", "-2", "-2"), "HEXPIREAT h 1 FIELDS 3 c c d")
		n.wantEvents("hdel h", "del h")
		n.want(":0\r\n", "EXISTS h")
	}
}

// TestFieldsExpire lets the clock run.
func TestFieldsExpire(t *testing.T) {
	for _, active := range []bool{true, false} {
		n := newFieldNode(t, 2)
		n.keys.ActiveExpire = active
		n.want(":3\r\n", "HSET h a 1 b 2 c 3")
		n.want(codes("1", "1"), "HPEXPIRE h 1000 FIELDS 2 a b")
		n.keys.SetNow(fieldEpoch + 1000) // the millisecond itself still counts
		n.want(codes("0", "0", "-1"), "HPTTL h FIELDS 3 a b c")
		n.keys.SetNow(fieldEpoch + 1001)
		n.events = nil
		n.want(":1\r\n", "HLEN h")
		if active {
			n.wantEvents("hexpired h", "hexpired h")
		}
		n.want(bulks("c", "3"), "HGETALL h")
		n.want(bulks("c"), "HKEYS h")
		n.want(bulks("3"), "HVALS h")
		n.want(bulks("-", "-", "3"), "HMGET h a b c")
		n.want("*2\r\n"+bulk("0")+bulks("c", "3"), "HSCAN h 0")
		n.want(bulk("c"), "HRANDFIELD h")
		n.want(bulks("c"), "HRANDFIELD h 5")
		n.want(bulks("c", "c", "c"), "HRANDFIELD h -3")
		n.want(":0\r\n", "HEXISTS h a")
		n.want(":0\r\n", "HSTRLEN h a")
		n.want(codes("-2"), "HTTL h FIELDS 1 a")
		n.want(":0\r\n", "HDEL h b")
		n.want(":7\r\n", "HINCRBY h a 7")
		n.want(codes("-1"), "HTTL h FIELDS 1 a")
		n.want(":2\r\n", "HDEL h a c b")
		n.want(":0\r\n", "EXISTS h")

		// The key goes with its last field.
		n.want(":1\r\n", "HSET h a 1")
		n.want(codes("1"), "HPEXPIRE h 10 FIELDS 1 a")
		n.keys.SetNow(fieldEpoch + 2000)
		n.events = nil
		n.want(null, "HGET h a")
		n.wantEvents("hexpired h", "del h")
		n.want(":0\r\n", "DBSIZE")
	}
}

// TestFieldsExpireByThemselves asks Expire, as the server does between
// commands.
func TestFieldsExpireByThemselves(t *testing.T) {
	n := newFieldNode(t, 2)
	n.want(":2\r\n", "HSET h a 1 b 2")
	n.want(codes("1"), "HPEXPIRE h 500 FIELDS 1 a")
	n.want(codes("1"), "HPEXPIRE h 700 FIELDS 1 b")
	n.want(":1\r\n", "COPY h copy")
	n.want("+OK\r\n", "RENAME h other")
	n.want(":1\r\n", "MOVE other 3")
	n.want("+OK\r\n", "SWAPDB 3 4")
	for at := int64(0); at < 800; {
		next, ok := n.keys.NextDeadline()
		if !ok {
			break
		}
		at = next - fieldEpoch
		n.keys.SetNow(next)
		for !n.keys.Expire(time.Second) {
		}
		copies := int64(n.keys.DB(4).Len() + n.keys.DB(0).Len())
		if want := map[bool]int64{true: 2, false: 0}[at <= 700]; copies != want {
			t.Fatalf("%d keys after %d ms, want %d", copies, at, want)
		}
		if lag := n.keys.ExpireLag(); lag != 0 {
			t.Fatalf("lag %d after %d ms", lag, at)
		}
	}
	if n.keys.Len() != 0 || n.keys.ExpiredFields != 4 {
		t.Errorf("%d keys left, %d fields expired", n.keys.Len(), n.keys.ExpiredFields)
	}
}

// TestFieldsWait looks at fields while the keyspace is on hold.
func TestFieldsWait(t *testing.T) {
	n := newFieldNode(t, 2)
	n.want(":2\r\n", "HSET h a 1 b 2")
	n.want(":1\r\n", "HSET all a 1")
	n.want(codes("1"), "HPEXPIRE h 500 FIELDS 1 a")
	n.want(codes("1"), "HPEXPIRE all 500 FIELDS 1 a")
	n.keys.Hold = true
	n.keys.SetNow(fieldEpoch + 1000)
	n.want(bulks("b", "2"), "HGETALL h")
	n.want(":1\r\n", "HLEN h")
	n.want("*0\r\n", "HGETALL all")
	n.want(":0\r\n", "HLEN all")
	if n.keys.ExpiredFields != 0 {
		t.Errorf("%d fields expired", n.keys.ExpiredFields)
	}
	n.keys.Hold = false
	n.want(":0\r\n", "HLEN all")
	n.want(":1\r\n", "HLEN h")
	if n.keys.ExpiredFields != 2 {
		t.Errorf("%d fields expired", n.keys.ExpiredFields)
	}
}

// TestHGetEX fixes what Redis 8 and Valkey 9 document.
func TestHGetEX(t *testing.T) {
	n := newFieldNode(t, 2)
	n.want(bulks("-", "-"), "HGETEX h EX 10 FIELDS 2 a b")
	n.want(":0\r\n", "EXISTS h")
	n.want(":3\r\n", "HSET h a 1 b 2 c 3")
	n.events = nil
	n.want(bulks("1", "-"), "HGETEX h FIELDS 2 a x")
	n.wantEvents()
	n.want(bulk("listpack"), "OBJECT ENCODING h")
	n.want(bulks("1", "-"), "HGETEX h EX 10 FIELDS 2 a x")
	n.wantEvents("hexpire h")
	n.want(bulks("2"), "HGETEX h pxat 1700000005000 FIELDS 1 b")
	n.want(bulks("3"), "HGETEX h EXAT 1700000007 FIELDS 1 c")
	n.want(codes("10", "5", "7"), "HTTL h FIELDS 3 a b c")
	n.want(bulks("1", "2"), "HGETEX h PX 1500 FIELDS 2 a b")
	n.want(codes("1500", "1500"), "HPTTL h FIELDS 2 a b")
	n.events = nil
	n.want(bulks("1", "-"), "HGETEX h PERSIST FIELDS 2 a x")
	n.wantEvents("hpersist h")
	n.want(bulks("1"), "HGETEX h PERSIST FIELDS 1 a")
	n.wantEvents()
	n.want(codes("-1"), "HTTL h FIELDS 1 a")
	n.want(bulks("1", "-"), "HGETEX h EX 0 FIELDS 2 a a")
	n.wantEvents("hdel h")
	n.want(bulks("2", "3", "-"), "HGETEX h EXAT 1 FIELDS 3 b c b")
	n.wantEvents("hdel h", "del h")
	n.want(":0\r\n", "EXISTS h")
}

// TestHSetEX fixes what Redis 8 and Valkey 9 document.
func TestHSetEX(t *testing.T) {
	n := newFieldNode(t, 2)
	n.want(":0\r\n", "HSETEX h FXX EX 10 FIELDS 1 a 1")
	n.want(":0\r\n", "EXISTS h")
	n.wantEvents()
	n.want(":1\r\n", "HSETEX h FNX EX 10 FIELDS 2 a 1 b 2")
	n.wantEvents("hset h", "hexpire h")
	n.want(codes("10", "10"), "HTTL h FIELDS 2 a b")
	n.want(":0\r\n", "HSETEX h FNX FIELDS 2 b 3 c 3")
	n.want(":0\r\n", "HSETEX h FXX FIELDS 2 b 3 c 3")
	n.want(bulks("1", "2", "-"), "HMGET h a b c")
	n.want(":1\r\n", "HSETEX h FXX KEEPTTL FIELDS 1 b 3")
	n.want(codes("10", "10"), "HTTL h FIELDS 2 a b")
	n.want(":1\r\n", "HSETEX h FIELDS 2 b 4 c 4")
	n.want(codes("10", "-1", "-1"), "HTTL h FIELDS 3 a b c")
	n.want(":1\r\n", "HSETEX h PXAT 1700000003000 FIELDS 1 d 5")
	n.want(":1\r\n", "HSETEX h KEEPTTL FIELDS 1 e 5")
	n.want(codes("3", "-1"), "HTTL h FIELDS 2 d e")
	n.events = nil
	n.want(":1\r\n", "HSETEX h EX 0 FIELDS 2 d 6 e 7")
	n.wantEvents("hdel h")
	n.want(bulks("-", "-"), "HMGET h d e")
	n.want(":1\r\n", "HSETEX new EXAT 1 FIELDS 1 a 1")
	n.want(":0\r\n", "EXISTS new")
}

// TestHGetDel fixes what Redis 8 and Valkey 9.1 document.
func TestHGetDel(t *testing.T) {
	n := newFieldNode(t, 2)
	n.want(bulks("-"), "HGETDEL h FIELDS 1 a")
	n.want(":3\r\n", "HSET h a 1 b 2 c 3")
	n.events = nil
	n.want(bulks("1", "-", "-"), "HGETDEL h FIELDS 3 a x a")
	n.wantEvents("hdel h")
	n.want(bulks("2", "3", "-"), "HGETDEL h FIELDS 3 b c c")
	n.wantEvents("hdel h", "del h")
	n.want(":0\r\n", "EXISTS h")
}

// TestFieldErrors fixes the words.
func TestFieldErrors(t *testing.T) {
	n := newFieldNode(t, 2)
	n.want(":1\r\n", "HSET h f v")
	n.want("+OK\r\n", "SET s v")
	for line, want := range map[string]string{
		"HEXPIRE s 10 FIELDS 1 f":                      errWrongType,
		"HEXPIRE s x FIELDS 1 f":                       errWrongType,
		"HTTL s FIELDS 1 f":                            errWrongType,
		"HPERSIST s FIELDS 1 f":                        errWrongType,
		"HGETEX s FIELDS 1 f":                          errWrongType,
		"HSETEX s FIELDS 1 f v":                        errWrongType,
		"HGETDEL s FIELDS 1 f":                         errWrongType,
		"HEXPIRE h 10 FIELDS 1":                        "ERR wrong number of arguments for 'hexpire' command",
		"HTTL h FIELDS 1":                              "ERR wrong number of arguments for 'httl' command",
		"HEXPIRE h x FIELDS 1 f":                       errNotInteger,
		"HEXPIRE h 1.5 FIELDS 1 f":                     errNotInteger,
		"HEXPIRE h -1 FIELDS 1 f":                      "ERR invalid expire time, must be >= 0",
		"HEXPIRE h 9223372036854775807 FIELDS 1 f":     "ERR invalid expire time in 'hexpire' command",
		"HPEXPIRE h 70368744177663 FIELDS 1 f":         "ERR invalid expire time in 'hpexpire' command",
		"HPEXPIREAT h 70368744177664 FIELDS 1 f":       "ERR invalid expire time in 'hpexpireat' command",
		"HEXPIREAT h 70368744178 FIELDS 1 f":           "ERR invalid expire time in 'hexpireat' command",
		"HEXPIRE h 10 FIELD 1 f":                       "ERR Mandatory argument FIELDS is missing or not at the right position",
		"HEXPIRE h 10 NX XX FIELDS 1 f":                "ERR Mandatory argument FIELDS is missing or not at the right position",
		"HEXPIRE h 10 FIELDS 0 f":                      "ERR Parameter `numFields` should be greater than 0",
		"HEXPIRE h 10 FIELDS x f":                      "ERR Parameter `numFields` should be greater than 0",
		"HEXPIRE h 10 FIELDS 2 f":                      "ERR The `numfields` parameter must match the number of arguments",
		"HEXPIRE h 10 FIELDS 1 f g":                    "ERR The `numfields` parameter must match the number of arguments",
		"HTTL h NOPE 1 f":                              "ERR Mandatory argument FIELDS is missing or not at the right position",
		"HTTL h FIELDS 0 f":                            "ERR Number of fields must be a positive integer",
		"HPEXPIRETIME h FIELDS -1 f":                   "ERR Number of fields must be a positive integer",
		"HPERSIST h FIELDS 2 f":                        "ERR The `numfields` parameter must match the number of arguments",
		"HGETDEL h FIELDS 0 f":                         "ERR Number of fields must be a positive integer",
		"HGETDEL h EX 1 f":                             "ERR Mandatory argument FIELDS is missing or not at the right position",
		"HGETEX h FIELDS 0 f":                          "ERR invalid number of fields",
		"HGETEX h FIELDS 2 f":                          "ERR wrong number of arguments for 'hgetex' command",
		"HGETEX h EX 10 PERSIST FIELDS 1 f":            "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified",
		"HGETEX h EX 10 EX 10 FIELDS 1 f":              "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified",
		"HGETEX h EX -5 FIELDS 1 f":                    "ERR invalid expire time, must be >= 0",
		"HGETEX h KEEPTTL FIELDS 1 f":                  "ERR unknown argument: KEEPTTL",
		"HSETEX h FIELDS x f v":                        "ERR invalid number of fields",
		"HSETEX h FIELDS 2 f v":                        "ERR wrong number of arguments for 'hsetex' command",
		"HSETEX h FIELDS 1 f v g":                      "ERR wrong number of arguments for 'hsetex' command",
		"HSETEX h FNX FXX FIELDS 1 f v":                "ERR Only one of FXX or FNX arguments can be specified",
		"HSETEX h EX 60 KEEPTTL FIELDS 1 f v":          "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
		"HSETEX h BOGUS FIELDS 1 f v":                  "ERR unknown argument: BOGUS",
		"HSETEX h EX x FIELDS 1 f v":                   errNotInteger,
		"HSETEX h EX 9223372036854775 FIELDS 1 f v":    "ERR invalid expire time in 'hsetex' command",
		"HSETEX h FNX KEEPTTL FNX KEEPTTL FNX KEEPTTL": "ERR Only one of FXX or FNX arguments can be specified",
		"HSETEX h EX 10 FNX PXAT EXAT":                 "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
		"HGETEX h PERSIST FIELDS 1":                    "ERR wrong number of arguments for 'hgetex' command",
	} {
		n.want("-"+want+"\r\n", line)
	}
	n.want(bulks("f", "v"), "HGETALL h")
	n.want(codes("-1"), "HTTL h FIELDS 1 f")
}
