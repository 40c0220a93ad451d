package test

import (
	"fmt"
	"strings"
)

// sessionSteps are what is drawn from, as templates: K is a key, C a channel, P a
// pattern, N a connection, V a value, D a database; words with bars are a choice.
// A step that stands twice is twice as likely.
var sessionSteps = strings.Split(strings.TrimSpace(`
MULTI
MULTI
MULTI
MULTI
MULTI
MULTI
MULTI
MULTI
EXEC
EXEC
DISCARD
WATCH K
WATCH K
WATCH K K
WATCH K K K
WATCH K K K
WATCH K K K
WATCH K K K
UNWATCH
GET K
GET K
GET K
MGET K K K
SET K V
SET K V
SET K V
SET K V PXAT 1
SET K V PXAT 33177117420000
DEL K
DEL K K
UNLINK K
APPEND K V
INCR K
GETDEL K
GETEX K PERSIST
RPUSH list:K V V
LPOP list:K
RPOPLPUSH list:K list:K
SADD set:K V
SREM set:K V
SMOVE set:K set:K V
HSET hash:K V V
HDEL hash:K V
ZADD zset:K 1 V
ZREM zset:K V
ZUNIONSTORE zset:K 2 zset:K zset:K
XADD stream:K * f v
EXISTS K K
TYPE K
STRLEN K
TTL K
EXPIRE K -1
EXPIRE K 100000
PERSIST K
PEXPIREAT K 1
PEXPIREAT K 33177117420000
RENAME K K
RENAMENX K K
COPY K K
COPY K K REPLACE
COPY K K DB D
MOVE K D
SELECT D
SELECT D
SWAPDB D D
FLUSHALL
FLUSHDB
DBSIZE
SUBSCRIBE C
SUBSCRIBE C
SUBSCRIBE __redis__:invalidate
SUBSCRIBE __keyspace@0__:K
PSUBSCRIBE P
PSUBSCRIBE P
PSUBSCRIBE __keyevent@D__:*
PSUBSCRIBE __key*
SSUBSCRIBE C
UNSUBSCRIBE C
UNSUBSCRIBE C
PUNSUBSCRIBE P
PUNSUBSCRIBE __key*
SUNSUBSCRIBE C
UNSUBSCRIBE
PUNSUBSCRIBE
SUNSUBSCRIBE
PUBLISH C V
PUBLISH C V
PUBLISH C V
SPUBLISH C V
PUBSUB NUMSUB C C
PUBSUB NUMPAT
PUBSUB SHARDNUMSUB C
CLIENT TRACKING ON
CLIENT TRACKING ON
CLIENT TRACKING ON NOLOOP
CLIENT TRACKING ON OPTIN
CLIENT TRACKING ON OPTOUT
CLIENT TRACKING ON BCAST
CLIENT TRACKING ON BCAST PREFIX k1|k2|k3
CLIENT TRACKING ON BCAST NOLOOP PREFIX k|list:
CLIENT TRACKING ON REDIRECT N
CLIENT TRACKING ON REDIRECT N BCAST
CLIENT TRACKING OFF
CLIENT TRACKING OFF
CLIENT CACHING YES
CLIENT CACHING NO
CLIENT GETREDIR x
CONFIG SET notify-keyspace-events KEA|KEA|KEA|KEAnm|K$g|Elx|KEnm
HELLO 2|3
HELLO 3
HELLO 3
HELLO 3
RESET
nonsense
GET
SET K
PING V
ECHO V
`), "\n")

// seldom are steps of which too many would leave little of anything else.
var seldom = map[string]bool{
	"CLIENT TRACKING OFF": true, "FLUSHALL": true, "FLUSHDB": true, "RESET": true, "nonsense": true, "GET": true, "SET K": true,
	"CLIENT GETREDIR x": true, "HELLO 2|3": true,
}

// draw makes a step for a connection.
func (h *sessions) draw(s *session) []string {
	switch {
	case s.multi && h.rng.IntN(6) == 0:
		return []string{"EXEC"}
	case s.mute && h.rng.IntN(2) == 0:
		s.mute = false
		return [][]string{{"RESET"}, {"UNSUBSCRIBE"}, {"PUNSUBSCRIBE"}, {"SUNSUBSCRIBE"}}[h.rng.IntN(4)]
	}
	for {
		template := sessionSteps[h.rng.IntN(len(sessionSteps))]
		if seldom[template] && h.rng.IntN(5) > 0 {
			continue
		}
		args := h.fill(template)
		switch {
		case s.multi && args[0] == "MULTI":
			// Its error is the marker of an open transaction.
		case s.multi && len(args) == 1 && strings.HasSuffix(args[0], "UNSUBSCRIBE"):
			// Within EXEC, its replies in any order cannot be told from others.
		case args[0] == "XADD":
			h.stream++
			args[2] = fmt.Sprint(h.stream, "-1")
			return args
		case !s.multi && (args[0] == "EXEC" || args[0] == "DISCARD") && h.rng.IntN(10) > 0:
			// Most of the time it is an error that tells nothing new.
		default:
			return args
		}
	}
}

func (h *sessions) fill(template string) []string {
	args := strings.Fields(template)
	for i, word := range args {
		if i == 0 {
			continue
		}
		if choice := strings.Split(word, "|"); len(choice) > 1 {
			args[i] = choice[h.rng.IntN(len(choice))]
			continue
		}
		prefix, slot := "", word
		if at := strings.LastIndexByte(word, ':'); at >= 0 && len(word) == at+2 {
			prefix, slot = word[:at+1], word[at+1:]
		}
		switch slot {
		case "K":
			args[i] = prefix + fmt.Sprint("k", h.rng.IntN(5))
		case "C":
			args[i] = fmt.Sprint("c", h.rng.IntN(3))
		case "P":
			args[i] = []string{"*", "c*", "c?", "[^c]*", "c1", "__keyspace@*"}[h.rng.IntN(6)]
		case "N":
			args[i] = fmt.Sprint("id of ", h.rng.IntN(len(h.all)))
		case "V":
			args[i] = fmt.Sprint("v", h.rng.IntN(4))
		case "D":
			args[i] = fmt.Sprint(h.rng.IntN(2))
		case "__keyevent@D__:*":
			args[i] = fmt.Sprintf("__keyevent@%d__:*", h.rng.IntN(2))
		}
	}
	return args
}
