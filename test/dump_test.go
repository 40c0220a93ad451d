package test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// valuesToDump are commands that make one key of each kind and form, "k" and a
// number being its name.
func valuesToDump() [][]string {
	var calls [][]string
	add := func(words string, more ...string) { calls = append(calls, append(strings.Fields(words), more...)) }
	many := func(words string, n int, element func(i int) []string) {
		args := strings.Fields(words)
		for i := range n {
			args = append(args, element(i)...)
		}
		calls = append(calls, args)
	}
	name := func(i int) string { return "member:" + strconv.Itoa(i*7919%100003) }
	add("SET k1", "")
	add("SET k2 12345")
	add("SET k3 -9223372036854775808")
	add("SET k4", strings.Repeat("abcdefgh", 1000))
	add("SET k5", "\x00\xff binary \r\n")
	add("RPUSH k10 a b 1 -77 70000 5000000000 c")
	many("RPUSH k11", 3000, func(i int) []string { return []string{name(i)} })
	add("RPUSH k12", strings.Repeat("long", 5000), "x", strings.Repeat("y", 20000))
	add("SADD k20 1 2 3 100000")
	add("SADD k21 1 2 x y")
	many("SADD k22", 1000, func(i int) []string { return []string{name(i)} })
	many("SADD k23", 400, func(i int) []string { return []string{strconv.Itoa(i * 1_000_003)} })
	add("HSET k30 f v g 12 h", strings.Repeat("w", 60))
	many("HSET k31", 1000, func(i int) []string { return []string{name(i), strconv.Itoa(i)} })
	add("HSET k32 f", strings.Repeat("w", 3000))
	add("ZADD k40 1 a 2.5 b -3 c inf d -inf e 1e300 f 0.1 g")
	many("ZADD k41", 1000, func(i int) []string { return []string{strconv.FormatFloat(float64(i)/7, 'g', -1, 64), name(i)} })
	add("XADD k50 1-1 f v g w")
	for i := range 300 {
		add("XADD k51 " + strconv.Itoa(1000+i/3) + "-" + strconv.Itoa(i%3) + " a " + strconv.Itoa(i) + " b x")
	}
	add("XADD k51 5000-0 other fields here too")
	add("XDEL k51 1001-1 1050-2 5000-0")
	add("XGROUP CREATE k51 g1 0")
	add("XGROUP CREATE k51 g2 1010-0")
	add("XGROUP CREATECONSUMER k51 g1 idle")
	add("XREADGROUP GROUP g1 alice COUNT 20 STREAMS k51 >")
	add("XREADGROUP GROUP g1 bob COUNT 5 STREAMS k51 >")
	add("XACK k51 g1 1000-1 1000-2")
	add("XADD k52 1-1 f v")
	add("XDEL k52 1-1")
	add("PFADD k60 a b c d")
	add("GEOADD k61 13.361389 38.115556 Palermo 15.087269 37.502669 Catania")
	return calls
}

// TestDump: what one server dumps the other restores, and has the same value
// then.
func TestDump(t *testing.T) {
	t.Parallel()
	theirs := startRedis(t, harness.Options{Args: []string{"--enable-debug-command", "yes"}})
	ours := startBasalt(t, 1, harness.Options{Args: []string{"--enable-debug-command", "yes", "--rdb-version", "10"}})
	redis, basalt := dial(t, theirs), dial(t, ours)
	keys := map[string]bool{}
	for _, call := range valuesToDump() {
		do(t, redis, call...)
		keys[call[1]] = true
		if strings.HasPrefix(call[0], "XGROUP") || call[0] == "XREADGROUP" {
			delete(keys, call[1])
			keys["k51"] = true
		}
	}
	for key := range keys {
		digest := do(t, redis, "DEBUG", "DIGEST-VALUE", key)
		payload := bulk(t, do(t, redis, "DUMP", key))
		want(t, basalt, "+OK\r\n", "RESTORE", key, "0", payload)
		want(t, basalt, digest, "DEBUG", "DIGEST-VALUE", key)
		back := bulk(t, do(t, basalt, "DUMP", key))
		want(t, redis, "+OK\r\n", "RESTORE", key, "0", back, "REPLACE")
		want(t, redis, digest, "DEBUG", "DIGEST-VALUE", key)
		// And once more: what came back means the same here.
		want(t, basalt, "+OK\r\n", "RESTORE", key, "0", bulk(t, do(t, redis, "DUMP", key)), "REPLACE")
		want(t, basalt, digest, "DEBUG", "DIGEST-VALUE", key)
	}
	for _, call := range [][]string{
		{"XINFO", "GROUPS", "k51"}, {"XPENDING", "k51", "g1"}, {"XRANGE", "k51", "-", "+"}, {"XINFO", "STREAM", "k52"},
	} {
		if a, b := do(t, basalt, call...), do(t, redis, call...); a != b && call[1] != "STREAM" {
			t.Errorf("%q: %q, the reference has %q", call, a, b)
		}
	}
}

// bulk returns the bytes of a bulk string.
func bulk(t *testing.T, reply string) string {
	t.Helper()
	head, body, ok := strings.Cut(reply, "\r\n")
	if !ok || head[0] != '$' || head == "$-1" {
		t.Fatalf("%.100q is no bulk string", reply)
	}
	return strings.TrimSuffix(body, "\r\n")
}

// TestHostilePayloads: a payload that is damaged but has the right checksum is
// refused, or makes a value that can be used.
func TestHostilePayloads(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Args: []string{"--enable-debug-command", "yes"}})
	c := dial(t, s)
	keys := map[string]bool{}
	for _, call := range valuesToDump() {
		do(t, c, call...)
		if call[0] != "XGROUP" && call[0] != "XREADGROUP" {
			keys[call[1]] = true
		}
	}
	want(t, c, ":1\r\n", "HSET", "k33", "f", "v")
	want(t, c, "*1\r\n:1\r\n", "HEXPIRE", "k33", "1000", "FIELDS", "1", "f")
	keys["k33"] = true
	seed := seeds.Of(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	for key := range keys {
		payload := bulk(t, do(t, c, "DUMP", key))
		for range 60 {
			b := []byte(payload[:len(payload)-10])
			for range 1 + rng.IntN(4) {
				if len(b) > 4000 {
					b[rng.IntN(200)] = byte(rng.Uint32())
				}
				b[rng.IntN(len(b))] = byte(rng.Uint32())
			}
			if rng.IntN(4) == 0 {
				b = b[:rng.IntN(len(b)+1)]
			}
			if len(b) == 0 {
				continue
			}
			reply := do(t, c, "RESTORE", "new", "0", signed(b), "REPLACE")
			switch {
			case strings.HasPrefix(reply, "-ERR Bad data format"):
				refused++
			case reply != "+OK\r\n":
				t.Fatalf("seed %d: %s: %q", seed, key, reply)
			default:
				do(t, c, "DEBUG", "DIGEST-VALUE", "new")
				do(t, c, "DUMP", "new")
				do(t, c, "COPY", "new", "other", "REPLACE")
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	want(t, c, "-ERR DUMP payload version or checksum are wrong\r\n", "RESTORE", "new", "0", "\x00\x01a\x0a\x00xxxxxxxx", "REPLACE")
	want(t, c, "-ERR DUMP payload version or checksum are wrong\r\n", "RESTORE", "new", "0", "", "REPLACE")
	want(t, c, "+PONG\r\n", "PING")
}

// signed appends version and checksum.
func signed(b []byte) string {
	b = append(b, 11, 0)
	crc := uint64(0)
	for _, x := range b {
		crc ^= uint64(x)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0x95ac9329ac4bc9b5
			} else {
				crc >>= 1
			}
		}
	}
	for range 8 {
		b = append(b, byte(crc))
		crc >>= 8
	}
	return string(b)
}
