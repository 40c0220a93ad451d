package command

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"basalt/internal/reference"
	"basalt/internal/seeds"
	"basalt/test/generate"
)

// exchanged are commands of 7.0 for the log of one server that the other reads:
// those that servers are compared by, and those whose effects are others.
func exchanged(seed uint64, node *loggedNode, count int, do func(args []string)) {
	general := generate.New(seed)
	effects := &effectCommands{Rand: rand.New(rand.NewPCG(seed, 1)), node: node}
	for range count {
		for {
			args := general.Next().Args
			if effects.IntN(3) == 0 {
				args = effects.next()
			}
			name := strings.ToLower(args[0])
			row := node.host.table.Lookup([]byte(name))
			if row == nil || row.Since > "7.0.0" || row.Flags&(Write|MayReplicate) == 0 && name != "select" || unlike(args) {
				continue
			}
			do(args)
			break
		}
	}
}

// unlike says whether a command has an option that 7.0 does not know, would wait,
// or sorts by what may be the same of two members, which 7.0 leaves to chance. A
// BITFIELD whose every write fails makes a string there all the same, and does not
// log it.
func unlike(args []string) bool {
	name := strings.ToUpper(args[0])
	for _, arg := range args[1:] {
		switch strings.ToUpper(arg) {
		case "IFEQ", "BLOCK":
			return true
		case "BY":
			return name == "SORT"
		case "FAIL":
			return name == "BITFIELD"
		}
	}
	return name[0] == 'B' && name != "BITFIELD" && name != "BITOP"
}

// TestRedisReadsOurLog lets redis-server load what random commands logged here.
func TestRedisReadsOurLog(t *testing.T) {
	seed := seeds.Of(t)
	n := newLoggedNode(t, time.Now().UnixMilli())
	var log []byte
	exchanged(seed, n, 8000, func(args []string) {
		n.call(args...)
		log = append(log, n.log.Take()...)
	})
	dir := t.TempDir()
	folder := filepath.Join(dir, "appendonlydir")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"appendonly.aof.1.incr.aof": string(log), "appendonly.aof.manifest": "file appendonly.aof.1.incr.aof seq 1 type i\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := reference.StartPlain(t, "--appendonly", "yes", "--save", "", "--dir", dir, "--enable-debug-command", "yes")
	for {
		if _, err := r.Do("PING"); err != nil {
			t.Fatal(err)
		}
		if reply, err := r.Do("DBSIZE"); err != nil {
			t.Fatal(err)
		} else if _, loading := reply.(reference.Error); !loading {
			break
		}
	}
	compareDigests(t, r, n)
}

// TestWeReadRedisLog replays what redis-server logged of random commands.
func TestWeReadRedisLog(t *testing.T) {
	seed := seeds.Of(t)
	theirs := startEffectServer(t)
	n := newReplica(t, time.Now().UnixMilli())
	n.foreign = true
	exchanged(seed, newLoggedNode(t, time.Now().UnixMilli()), 8000, func(args []string) { theirs.do(args...) })
	if err := n.replay(theirs.log()[theirs.read:]); err != nil {
		t.Fatal(err)
	}
	compareDigests(t, theirs.r, n.loggedNode)
}

// compareDigests compares all keys once those that have expired are gone.
func compareDigests(t *testing.T, r *reference.Server, n *loggedNode) {
	t.Helper()
	n.c.SetReplaying(false)
	n.keys.SetNow(time.Now().UnixMilli() + 200_000)
	n.keys.Expire(time.Second)
	n.log.Take()
	do := func(args ...string) any {
		reply, err := r.Do(args...)
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	keys := 0
	for _, index := range []string{"0", "1", "2"} {
		do("SELECT", index)
		n.call("SELECT", index)
		for _, key := range do("KEYS", "*").([]any) {
			if ttl := do("PTTL", key.(string)).(int64); ttl != -1 && ttl < 200_000 {
				continue
			}
			keys++
			want := do("DEBUG", "DIGEST-VALUE", key.(string)).([]any)[0].(string)
			if got := n.call("DEBUG", "DIGEST-VALUE", key.(string)); got != "*1\r\n+"+want+"\r\n" {
				t.Errorf("database %s, key %.40q (%v): %q, want %q", index, key, do("TYPE", key.(string)), got, want)
			}
			n.call("DEL", key.(string))
		}
		if got := n.call("DBSIZE"); got != ":0\r\n" {
			t.Errorf("database %s has keys more: %q %q", index, got, n.call("KEYS", "*"))
		}
	}
	if keys < 20 {
		t.Errorf("%d keys compared", keys)
	}
}
