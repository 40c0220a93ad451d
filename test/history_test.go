package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// A call is one operation of a concurrent history, and what it is known to have
// done.
type call struct {
	args []string
	// A pair is made by WATCH of two keys, GET of both, and a transaction that
	// sets both if nobody touched them: args are the keys, seen what they held,
	// wrote what they were given.
	pair        bool
	seen, wrote [2]string
}

// answer is what a call was told: the reply, or whether the pair was set.
type answer struct {
	reply string
	set   bool
}

// contents are the values of the keys of one history.
type contents map[string]string

// histories is the model that porcupine compares with: an order of all calls, in
// which each one finds what those before it left, and no call comes before
// another one that had ended when it began.
var histories = porcupine.Model{
	Init: func() any { return contents{} },
	Step: func(state, input, output any) (bool, any) {
		return input.(call).step(state.(contents), output.(answer))
	},
	Equal:         func(a, b any) bool { return maps.Equal(a.(contents), b.(contents)) },
	DescribeState: func(state any) string { return fmt.Sprint(state) },
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%+v -> %+v", input, output)
	},
}

func held(value string, ok bool) string {
	if !ok {
		return "$-1\r\n"
	}
	return fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
}

func (c call) step(now contents, got answer) (bool, any) {
	if c.pair {
		return c.stepPair(now, got)
	}
	key, next := c.args[1], maps.Clone(now)
	old, exists := now[key]
	switch c.args[0] {
	case "GET":
		return got.reply == held(old, exists), now
	case "SET":
		next[key] = c.args[2]
		return got.reply == "+OK\r\n", next
	case "APPEND":
		next[key] = old + c.args[2]
		return got.reply == fmt.Sprintf(":%d\r\n", len(next[key])), next
	case "INCR":
		n, err := strconv.Atoi(old)
		if exists && err != nil {
			return strings.HasPrefix(got.reply, "-ERR value is not an integer"), now
		}
		next[key] = fmt.Sprint(n + 1)
		return got.reply == fmt.Sprintf(":%d\r\n", n+1), next
	case "EXEC":
		// Swaps nothing, but reads both and counts: at one moment.
		a, okA := now[c.args[1]]
		b, okB := now[c.args[2]]
		next[c.args[1]] = c.args[3]
		return got.reply == "*3\r\n"+held(a, okA)+held(b, okB)+"+OK\r\n", next
	}
	return false, now
}

// stepPair: what was read between WATCH and EXEC is what is there when the
// transaction is done. One that is refused says nothing of the values, which may
// have been changed to what they were.
func (c call) stepPair(now contents, got answer) (bool, any) {
	if !got.set {
		return true, now
	}
	for i, key := range c.args {
		if old, ok := now[key]; held(old, ok) != c.seen[i] {
			return false, now
		}
	}
	next := maps.Clone(now)
	next[c.args[0]], next[c.args[1]] = c.wrote[0], c.wrote[1]
	return true, next
}

// TestHistoryModel shows that the model accepts what is right and refuses what
// is wrong.
func TestHistoryModel(t *testing.T) {
	t.Parallel()
	op := func(client int, start, end int64, c call, a answer) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Call: start, Return: end, Input: c, Output: a}
	}
	set := func(v string) call { return call{args: []string{"SET", "k", v}} }
	get, incr := call{args: []string{"GET", "k"}}, call{args: []string{"INCR", "k"}}
	pair := func(a, b, x, y string) call {
		return call{pair: true, args: []string{"k", "l"}, seen: [2]string{a, b}, wrote: [2]string{x, y}}
	}
	ok, nothing := answer{reply: "+OK\r\n"}, "$-1\r\n"
	for name, test := range map[string]struct {
		linearizable bool
		history      []porcupine.Operation
	}{
		"in turn":          {true, []porcupine.Operation{op(0, 0, 1, set("1"), ok), op(1, 2, 3, get, answer{reply: held("1", true)})}},
		"at the same time": {true, []porcupine.Operation{op(0, 0, 5, set("1"), ok), op(1, 1, 2, get, answer{reply: nothing})}},
		"a stale value":    {false, []porcupine.Operation{op(0, 0, 1, set("1"), ok), op(1, 2, 3, get, answer{reply: nothing})}},
		"back in time": {false, []porcupine.Operation{
			op(0, 0, 9, set("1"), ok), op(1, 1, 2, get, answer{reply: held("1", true)}), op(1, 3, 4, get, answer{reply: nothing}),
		}},
		"a lost count": {false, []porcupine.Operation{
			op(0, 0, 5, incr, answer{reply: ":1\r\n"}), op(1, 0, 5, incr, answer{reply: ":1\r\n"}),
		}},
		"two that win": {false, []porcupine.Operation{
			op(0, 0, 5, pair(nothing, nothing, "1", "1"), answer{set: true}),
			op(1, 0, 5, pair(nothing, nothing, "2", "2"), answer{set: true}),
		}},
		"one that wins": {true, []porcupine.Operation{
			op(0, 0, 5, pair(nothing, nothing, "1", "1"), answer{set: true}),
			op(1, 0, 5, pair(nothing, nothing, "2", "2"), answer{}),
		}},
		"half of a pair": {false, []porcupine.Operation{
			op(0, 0, 5, pair(nothing, nothing, "1", "2"), answer{set: true}),
			op(1, 0, 5, call{args: []string{"EXEC", "k", "l", "3"}}, answer{reply: "*3\r\n" + held("1", true) + nothing + "+OK\r\n"}),
		}},
	} {
		if got := porcupine.CheckOperations(histories, test.history); got != test.linearizable {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestHistory has clients work on a few keys at once, and looks for an order of
// all that they did which explains all that they were told. Many short histories
// are found an order for sooner than a long one, so each has keys of its own.
func TestHistory(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		seed := seeds.Of(t)
		s := startBasalt(t, threads, harness.Options{})
		var clients []*historian
		start := time.Now()
		for id := range 8 {
			clients = append(clients, &historian{
				id: id, start: start, c: dial(t, s), rng: rand.New(rand.NewPCG(seed, uint64(id))),
			})
		}
		rounds, calls := 150, 8
		if testing.Short() || harness.RaceEnabled {
			rounds = 30
		}
		set := 0
		for round := range rounds {
			var wg sync.WaitGroup
			for _, h := range clients {
				wg.Go(func() { h.work(t, round, calls) })
			}
			wg.Wait()
			var history []porcupine.Operation
			for _, h := range clients {
				history = append(history, h.history...)
				set += h.set
				h.history, h.set = nil, 0
			}
			if result := porcupine.CheckOperationsTimeout(histories, history, harness.Patience); result != porcupine.Ok {
				for _, op := range history {
					t.Logf("%d: %d to %d: %s", op.ClientId, op.Call, op.Return, histories.DescribeOperation(op.Input, op.Output))
				}
				t.Fatalf("round %d: %s", round, result)
			}
		}
		if set == 0 {
			t.Error("no pair was ever set")
		}
		t.Logf("%d calls, %d pairs set", rounds*calls*len(clients), set)
	})
}

// historian is a client that writes down what it does, and when.
type historian struct {
	id      int
	start   time.Time
	c       *harness.Client
	rng     *rand.Rand
	number  int // of values, no two of which are equal
	history []porcupine.Operation
	set     int // pairs that were
}

func (h *historian) work(t *testing.T, round, calls int) {
	keys := [3]string{}
	for i := range keys {
		keys[i] = fmt.Sprintf("%d:%d", round, i)
	}
	for range calls {
		key, other := keys[h.rng.IntN(3)], keys[h.rng.IntN(3)]
		h.number++
		value := fmt.Sprint(h.id, "-", h.number)
		var c call
		switch h.rng.IntN(8) {
		case 0, 1:
			c.args = []string{"GET", key}
		case 2:
			c.args = []string{"SET", key, value}
		case 3:
			c.args = []string{"APPEND", key, value}
		case 4:
			c.args = []string{"INCR", key}
		case 5:
			c.args = []string{"SET", key, fmt.Sprint(h.number)}
		case 6:
			c.args = []string{"EXEC", key, other, value}
		case 7:
			c = call{pair: true, args: []string{keys[0], keys[1]}, wrote: [2]string{value + "a", value + "b"}}
		}
		begin := time.Since(h.start).Nanoseconds()
		a, err := h.do(&c)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			return
		}
		h.history = append(h.history, porcupine.Operation{
			ClientId: h.id, Input: c, Output: a, Call: begin, Return: time.Since(h.start).Nanoseconds(),
		})
	}
}

func (h *historian) do(c *call) (answer, error) {
	switch {
	case c.pair:
		return h.doPair(c)
	case c.args[0] == "EXEC":
		reply, err := h.transact([]string{"GET", c.args[1]}, []string{"GET", c.args[2]}, []string{"SET", c.args[1], c.args[3]})
		return answer{reply: reply}, err
	}
	reply, err := h.c.Do(c.args...)
	return answer{reply: string(reply)}, err
}

func (h *historian) doPair(c *call) (answer, error) {
	if _, err := h.c.Do("WATCH", c.args[0], c.args[1]); err != nil {
		return answer{}, err
	}
	for i, key := range c.args {
		reply, err := h.c.Do("GET", key)
		if err != nil {
			return answer{}, err
		}
		c.seen[i] = string(reply)
	}
	reply, err := h.transact([]string{"SET", c.args[0], c.wrote[0]}, []string{"SET", c.args[1], c.wrote[1]})
	switch {
	case err != nil:
		return answer{}, err
	case reply == "*2\r\n+OK\r\n+OK\r\n":
		h.set++
		return answer{set: true}, nil
	case reply == "*-1\r\n":
		return answer{}, nil
	}
	return answer{}, fmt.Errorf("a pair is answered %q", reply)
}

// transact sends a transaction in one write and returns what EXEC says.
func (h *historian) transact(commands ...[]string) (string, error) {
	out := harness.AppendRequest(nil, "MULTI")
	for _, args := range commands {
		out = harness.AppendRequest(out, args...)
	}
	if err := h.c.Write(harness.AppendRequest(out, "EXEC")); err != nil {
		return "", err
	}
	for range len(commands) + 1 {
		if _, err := h.c.Receive(); err != nil {
			return "", err
		}
	}
	reply, err := h.c.Receive()
	return string(reply), err
}
