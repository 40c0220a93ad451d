package test

import (
	"flag"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// crashRounds is how often the server is killed in each of the tests of that:
// some times to see that it works, hundreds of times by make crash.
var crashRounds = flag.Int("crashes", 3, "how many times the server is killed in each test of crashes")

const crashWriters = 5

// TestCrash kills the server while connections write, and looks for what they
// wrote when it is back. With a log that is synced always, all that was
// acknowledged is there; with any other, what a connection wrote up to some
// moment, and nothing behind that.
func TestCrash(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	for _, policy := range []string{"always", "everysec", "no"} {
		for _, preamble := range []string{"yes", "no"} {
			if policy != "always" && preamble == "no" {
				continue
			}
			t.Run(policy+" preamble="+preamble, func(t *testing.T) {
				t.Parallel()
				inModes(t, func(t *testing.T, threads int) {
					args := []string{
						"--appendonly", "yes", "--appendfsync", policy, "--aof-use-rdb-preamble", preamble,
						"--auto-aof-rewrite-percentage", "0", "--rdb-key-save-delay", "50", "--rdb-version", "10",
					}
					if policy == "everysec" { // the server rewrites by itself, again and again
						args = append(args, "--auto-aof-rewrite-percentage", "20", "--auto-aof-rewrite-min-size", "16kb")
					}
					crash(t, threads, policy == "always", args...)
				})
			})
		}
	}
}

func crash(t *testing.T, threads int, acknowledged bool, args ...string) {
	seed := seeds.Of(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	dir := dataFolder(t)
	bystanders(t, threads, dir, args)
	var writers []*writer
	for id := range crashWriters {
		writers = append(writers, newWriter(id+1, seed))
	}
	steps := 0
	for round := range *crashRounds + 1 {
		s := basaltIn(t, threads, dir, args...)
		c := dial(t, s)
		count := crashBystanders
		for _, w := range writers {
			least := 0
			if acknowledged {
				least = w.acked
			}
			w.settle(t, c, least)
			count += len(w.names())
		}
		if found := keysOf(t, c); found != count {
			t.Fatalf("round %d: the server has %d keys, want %d", round, found, count)
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
		if round == *crashRounds {
			noTemporaries(t, dir)
			end(t, s)
			accepts(t, "redis-check-aof", filepath.Join(dir, "appendonlydir/appendonly.aof.manifest"))
			break
		}
		crashUnderLoad(t, s, c, writers, rng)
		for _, w := range writers {
			steps += w.acked
		}
	}
	t.Logf("%d steps were acknowledged", steps)
	if steps == 0 {
		t.Error("nothing was written")
	}
}

// crashBystanders is how many keys stay as they are, so that writing files takes
// a while.
const crashBystanders = 1000

func bystanders(t *testing.T, threads int, dir string, args []string) {
	t.Helper()
	s := basaltIn(t, threads, dir, args...)
	c := dial(t, s)
	want(t, c, "+OK\r\n", "SELECT", itoa(crashDatabases))
	want(t, c, "+OK\r\n", "DEBUG", "POPULATE", itoa(crashBystanders), "key", "50")
	rewrites(t, c) // DEBUG POPULATE is not logged
	end(t, s)
}

// keysOf returns how many keys there are in all databases.
func keysOf(t *testing.T, c *harness.Client) (n int) {
	t.Helper()
	for db := range databases {
		want(t, c, "+OK\r\n", "SELECT", itoa(db))
		count, err := strconv.Atoi(integer(t, do(t, c, "DBSIZE")))
		if err != nil {
			t.Fatal(err)
		}
		n += count
	}
	return n
}

// crashUnderLoad has everybody write, and kills the server.
func crashUnderLoad(t *testing.T, s *harness.Server, c *harness.Client, writers []*writer, rng *rand.Rand) {
	t.Helper()
	var wg sync.WaitGroup
	for _, w := range writers {
		wg.Go(func() { w.write(s) })
	}
	// It is the moment of the end that is random, so waiting is all there is to it.
	for range 1 + rng.IntN(4) {
		time.Sleep(time.Duration(rng.IntN(50_000)) * time.Microsecond)
		switch rng.IntN(4) {
		case 0:
			do(t, c, "BGSAVE", "SCHEDULE")
		case 1, 2:
			do(t, c, "BGREWRITEAOF")
		}
	}
	time.Sleep(time.Duration(rng.IntN(30_000)) * time.Microsecond)
	s.Kill()
	wg.Wait()
}
