package test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/generate"
	"basalt/test/harness"
	"basalt/test/script"
)

// randomCommands is how many commands one history of TestRandom has.
func randomCommands() int {
	if testing.Short() || harness.RaceEnabled {
		return 4_000
	}
	return 20_000
}

// TestRandom sends random commands to the reference and to basalt, in batches
// over several connections, and compares each reply, and at the end all that
// is stored.
func TestRandom(t *testing.T) {
	t.Parallel()
	for _, proto := range []string{"2", "3"} {
		t.Run("proto="+proto, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				start := seeds.Of(t)
				args := []string{"--slowlog-log-slower-than", "-1", "--save", ""}
				folders := [2]string{dataFolder(t), dataFolder(t)}
				// The reference is older than listpacks of sets: one history
				// does without them, the other does not look at encodings.
				packed, ours := threads > 1, append(slices.Clip(args), "--appendonly", "yes")
				if !packed {
					ours = append(ours, "--set-max-listpack-entries", "0")
				}
				h := &history{
					t:         t,
					generator: generate.New(start),
					rng:       rand.New(rand.NewPCG(start, 1)),
					reference: redisIn(t, folders[0], args...),
					basalt:    basaltIn(t, threads, folders[1], ours...),
					folders:   folders,
					proto:     proto,
					packed:    packed,
				}
				h.run(randomCommands())
				h.reload("DEBUG", "RELOAD")
				h.reload("DEBUG", "LOADAOF")
				h.exchange()
			})
		})
	}
}

// history is one run of random commands.
type history struct {
	t                 *testing.T
	generator         *generate.Generator
	rng               *rand.Rand
	reference, basalt *harness.Server
	folders           [2]string // of the reference and of basalt
	proto             string
	packed            bool // sets may be listpacks, which the reference calls hashtables

	pairs [3][2]*harness.Client // connections to the reference and to basalt
	past  []past
	count int
	wrong int // differences so far
}

// differencesMax ends a history. It goes on after the first difference: most are
// of words, not of what is stored.
const differencesMax = 4

// past is a command and what the reference said, for the message of a failure.
type past struct {
	number, connection int
	args               []string
	reply              string
}

func (h *history) run(commands int) {
	for i := range h.pairs {
		h.pairs[i] = [2]*harness.Client{dial(h.t, h.reference), dial(h.t, h.basalt)}
		for _, c := range h.pairs[i] {
			do(h.t, c, "HELLO", h.proto)
		}
	}
	for h.count < commands {
		if !h.batch(h.rng.IntN(len(h.pairs)), 1+h.rng.IntN(60)) {
			return
		}
	}
	h.compareAll()
}

// batch sends a pipeline on one connection of each server and compares the
// replies. False ends the history.
func (h *history) batch(connection, size int) bool {
	var commands []generate.Command
	var request []byte
	for range size {
		c := h.generator.Next()
		commands = append(commands, c)
		request = harness.AppendRequest(request, c.Args...)
	}
	pair := h.pairs[connection]
	for _, c := range pair {
		if err := c.Write(request); err != nil {
			h.t.Fatal(err)
		}
	}
	for _, command := range commands {
		h.count++
		want, err := pair[0].Receive()
		if err != nil {
			h.t.Fatalf("the reference, %q: %v", command.Args, err)
		}
		h.past = append(h.past, past{h.count, connection, command.Args, script.Text(want)})
		got, err := pair[1].Receive()
		if err != nil {
			h.t.Errorf("no reply: %v\nthe server printed:\n%s", err, h.basalt.Output())
			h.fail("", "")
			return false
		}
		if equal, w, g := compare(h.t, h.howEncoded(command.Compare, command.Args), want, got); !equal {
			h.fail(w, g)
			if h.wrong++; h.wrong == differencesMax {
				return false
			}
		}
	}
	return true
}

// howEncoded is how the replies of a command compare.
func (h *history) howEncoded(how string, args []string) string {
	if how == "" && len(args) > 1 && strings.EqualFold(args[0], "OBJECT") && strings.EqualFold(args[1], "ENCODING") {
		// Small lists have been listpacks since 7.2.
		mask := "mask listpack|quicklist"
		if h.packed {
			mask += "|hashtable"
		}
		// SORT has the reference unpack sorted sets that it reads, which are
		// those that were copied to where sets are.
		if len(args) > 2 && strings.HasPrefix(args[2], "ks") {
			mask += "|skiplist"
		}
		return mask
	}
	return how
}

func compare(t *testing.T, how string, want, got []byte) (bool, string, string) {
	t.Helper()
	c, err := script.ParseComparison(how)
	if err != nil {
		t.Fatal(err)
	}
	if c.Exact() && bytes.Equal(want, got) {
		return true, "", ""
	}
	if equal, w, g := c.Equal(want, got); !equal {
		// The reference writes large scores as they were written before 7.2.
		doubles, err := script.ParseComparison(strings.TrimPrefix(how+";doubles", ";"))
		if err != nil {
			t.Fatal(err)
		}
		equal, _, _ = doubles.Equal(want, got)
		return equal, w, g
	}
	return true, "", ""
}

// fail reports the last command with those before it that shared a key or a
// connection's state with it.
func (h *history) fail(want, got string) {
	h.t.Helper()
	last := h.past[len(h.past)-1]
	var before []string
	for i := len(h.past) - 2; i >= 0 && len(before) < 12; i-- {
		if p := h.past[i]; related(p.args, last.args) {
			before = append(before, fmt.Sprintf("  %6d on %d %s = %s", p.number, p.connection, short(p.args), shorten(p.reply)))
		}
	}
	slices.Reverse(before)
	h.t.Errorf("%d on %d %s\n    want %s\n    got  %s\nbefore it:\n%s",
		last.number, last.connection, short(last.args), shorten(want), shorten(got), strings.Join(before, "\n"))
}

func related(a, b []string) bool {
	switch strings.ToUpper(a[0]) {
	case "SELECT", "SWAPDB", "FLUSHDB":
		return len(b) > 1 && strings.HasPrefix(b[1], "k")
	case "CONFIG":
		return strings.EqualFold(b[0], "CONFIG")
	}
	for _, x := range a[1:] {
		if strings.HasPrefix(x, "k") && slices.Contains(b[1:], x) {
			return true
		}
	}
	return false
}

func short(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = shorten(strconv.Quote(arg))
	}
	return strings.Join(quoted, " ")
}

func shorten(s string) string {
	if len(s) > 300 {
		return fmt.Sprintf("%s...(%d)...%s", s[:120], len(s), s[len(s)-50:])
	}
	return s
}

// compareAll compares what the two servers hold: every database, every key,
// value, deadline and encoding.
func (h *history) compareAll() {
	ask := func(how string, args ...string) []byte {
		want, err := h.pairs[0][0].Do(args...)
		if err != nil {
			h.t.Fatal(err)
		}
		got, err := h.pairs[0][1].Do(args...)
		if err != nil {
			h.t.Fatal(err)
		}
		if equal, w, g := compare(h.t, h.howEncoded(how, args), want, got); !equal {
			h.t.Errorf("at the end, %q\n    want %s\n    got  %s", args, shorten(w), shorten(g))
		}
		return want
	}
	for db := range 3 {
		ask("", "SELECT", strconv.Itoa(db))
		ask("", "DBSIZE")
		for _, key := range elements(h.t, ask("sort", "KEYS", "*")) {
			ask("", "GET", key)
			ask("sort", "SMEMBERS", key)
			ask("", "DEBUG", "DIGEST-VALUE", key)
			ask("near 120000", "PEXPIRETIME", key)
			ask("", "OBJECT", "ENCODING", key)
		}
	}
	ask("", "DEBUG", "DIGEST")
}

// reload has basalt read its files, which must make no difference.
func (h *history) reload(args ...string) {
	h.t.Helper()
	c := h.pairs[0][1]
	before := h.digests(c)
	want(h.t, c, "+OK\r\n", args...)
	after := h.digests(c)
	for key, digest := range before {
		if after[key] != digest {
			h.t.Errorf("%q: %s was %q, is %q", args, key, digest, after[key])
		}
	}
	for key := range after {
		if _, ok := before[key]; !ok {
			h.t.Errorf("%q: %s was not there", args, key)
		}
	}
}

// exchange has each server load the snapshot of the other, which must make no
// difference either.
func (h *history) exchange() {
	h.t.Helper()
	want(h.t, h.pairs[0][1], "+OK\r\n", "CONFIG", "SET", "rdb-version", "10")
	digest := do(h.t, h.pairs[0][0], "DEBUG", "DIGEST")
	var moved [2]string
	for i, c := range h.pairs[0] {
		want(h.t, c, "+OK\r\n", "SAVE")
		moved[i] = dataFolder(h.t)
		write(h.t, moved[i], "dump.rdb", read(h.t, h.folders[i], "dump.rdb"))
	}
	want(h.t, dial(h.t, redisIn(h.t, moved[1])), digest, "DEBUG", "DIGEST")
	want(h.t, dial(h.t, basaltIn(h.t, 1, moved[0])), digest, "DEBUG", "DIGEST")
}

// digests is the digests of all keys, with their deadlines.
func (h *history) digests(c *harness.Client) map[string]string {
	all := make(map[string]string)
	for db := range 3 {
		want(h.t, c, "+OK\r\n", "SELECT", strconv.Itoa(db))
		for _, key := range elements(h.t, []byte(do(h.t, c, "KEYS", "*"))) {
			all[fmt.Sprintf("%d %q", db, key)] = do(h.t, c, "TYPE", key) + do(h.t, c, "DEBUG", "DIGEST-VALUE", key) + do(h.t, c, "PEXPIRETIME", key)
		}
	}
	return all
}

// elements takes an array of strings apart.
func elements(t *testing.T, reply []byte) []string {
	t.Helper()
	all, err := script.Strings(reply)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
