package wheel

import (
	"math"
	"math/rand/v2"
	"reflect"
	"sort"
	"testing"
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/seeds"
)

const nodeBytes = int(unsafe.Sizeof(Node{}))

// clockwork is a wheel beside a model of it: the nodes with their deadlines.
type clockwork struct {
	t     testing.TB
	w     Wheel
	a     *arena.Arena
	now   int64
	model map[*Node]int64
	order []*Node // of the model, so that histories can be repeated
	far   int
}

func newClockwork(t testing.TB, a *arena.Arena, now int64) *clockwork {
	c := &clockwork{t: t, a: a, now: max(now, 0), model: map[*Node]int64{}}
	c.w.Init(c.a, now)
	return c
}

func (c *clockwork) newNode() *Node { return (*Node)(c.a.Alloc(nodeBytes, arena.Keyspace)) }

func (c *clockwork) freeNode(n *Node) { c.a.Free(unsafe.Pointer(n), nodeBytes, arena.Keyspace) }

func (c *clockwork) add(deadline int64) *Node {
	n := c.newNode()
	c.w.Add(n, deadline)
	if deadline >= farthest {
		c.far++
	}
	if n.Deadline() != max(deadline, oldest) {
		c.t.Fatalf("deadline %d is kept as %d", deadline, n.Deadline())
	}
	c.model[n] = max(deadline, oldest)
	c.order = append(c.order, n)
	return n
}

// forget takes a node out of the model.
func (c *clockwork) forget(n *Node) {
	delete(c.model, n)
	for i, x := range c.order {
		if x == n {
			c.order[i] = c.order[len(c.order)-1]
			c.order = c.order[:len(c.order)-1]
			return
		}
	}
	c.t.Fatal("node is not in the model")
}

func (c *clockwork) remove(n *Node) {
	d := c.model[n]
	c.w.Remove(n)
	if n.Deadline() != d {
		c.t.Fatalf("deadline %d is %d after removal", d, n.Deadline())
	}
	if d >= farthest {
		c.far--
	}
	c.forget(n)
	c.freeNode(n)
}

// move copies a node to a new address, as a change of its object does.
func (c *clockwork) move(n *Node) {
	x := c.newNode()
	*x = *n
	*n = Node{}
	c.w.Moved(x)
	c.freeNode(n)
	c.model[x] = c.model[n]
	delete(c.model, n)
	for i := range c.order {
		if c.order[i] == n {
			c.order[i] = x
		}
	}
}

// advance checks each node that comes due and returns how many did.
func (c *clockwork) advance(now int64, max int, also func()) (expired int, done bool) {
	c.now = now
	done = c.w.Advance(now, max, func(n *Node) {
		d, ok := c.model[n]
		if !ok {
			c.t.Fatal("a node expired that is not in the wheel")
		}
		if d > now || n.Deadline() != d {
			c.t.Fatalf("deadline %d, read as %d, expired at %d", d, n.Deadline(), now)
		}
		c.forget(n)
		c.freeNode(n)
		expired++
		if also != nil {
			also()
		}
	})
	return expired, done
}

// earliest returns the first deadline of the model.
func (c *clockwork) earliest() (int64, bool) {
	first := int64(math.MaxInt64)
	for _, d := range c.model {
		first = min(first, d)
	}
	return first, first < farthest
}

func (c *clockwork) check() {
	c.t.Helper()
	c.w.checkInvariants(c.far)
	if c.w.Len() != len(c.model) {
		c.t.Fatalf("%d nodes, model has %d", c.w.Len(), len(c.model))
	}
	first, any := c.earliest()
	next, ok := c.w.Next(c.now)
	if ok != any || ok && next > max(first, c.now) {
		c.t.Fatalf("next is %d %v at %d, model has %d %v", next, ok, c.now, first, any)
	}
	if lag := c.w.Lag(c.now); lag < 0 || any && first > c.now && next > c.now && lag != 0 {
		c.t.Fatalf("lag %d at %d, first deadline %d", lag, c.now, first)
	}
}

// settled asserts that nothing is left that should have expired.
func (c *clockwork) settled() {
	c.t.Helper()
	if first, any := c.earliest(); any && first <= c.now {
		c.t.Fatalf("deadline %d is still there at %d", first, c.now)
	}
	if lag := c.w.Lag(c.now); lag != 0 {
		c.t.Fatalf("lag %d with nothing due", lag)
	}
}

// run plays a history that draw decides: draw(n) returns a number below n.
func (c *clockwork) run(steps int, draw func(int) int) {
	pick := func() *Node { return c.order[draw(len(c.order))] }
	far := []int64{farthest - 1, farthest, farthest + 1, math.MaxInt64, math.MinInt64, oldest, oldest - 1, -1, 0}
	delta := func() int64 { return int64(draw(1<<16)) >> draw(17) << draw(30) }
	for range steps {
		switch op := draw(16); {
		case op < 6:
			c.add(c.now + delta())
		case op == 6:
			c.add(c.now - delta())
		case op == 7:
			c.add(far[draw(len(far))])
		case op < 10 && len(c.order) > 0:
			c.remove(pick())
		case op == 10 && len(c.order) > 0:
			c.move(pick())
		case op == 11: // the clock is set back
			c.advance(max(0, c.now-delta()), draw(20), nil)
		case op == 12: // sleep until the next deadline
			if next, ok := c.w.Next(c.now); ok {
				c.advance(max(c.now, next), draw(20), nil)
			}
		default:
			now := c.now + delta()>>draw(20)
			_, done := c.advance(now, draw(50), func() {
				switch {
				case draw(4) == 0:
					c.add(now + delta())
				case draw(4) == 0 && len(c.order) > 0:
					c.remove(pick())
				case draw(4) == 0 && len(c.order) > 0:
					c.move(pick())
				}
			})
			if done {
				c.settled()
			}
		}
	}
	c.check()
}

// finish runs time to its end and asserts that nothing is left but nodes that
// stand outside.
func (c *clockwork) finish() {
	for _, done := c.advance(farthest-1, 10, nil); !done; _, done = c.advance(farthest-1, 10, nil) {
	}
	c.check()
	for len(c.order) > 0 {
		if c.model[c.order[0]] < farthest {
			c.t.Fatalf("deadline %d never came", c.model[c.order[0]])
		}
		c.remove(c.order[0])
	}
	if _, ok := c.w.Next(0); ok || c.w.Len() != 0 {
		c.t.Fatal("an empty wheel has a next deadline")
	}
	c.w.Free()
	if used := c.a.Used(); used != 0 {
		c.t.Fatalf("%d bytes in use at the end", used)
	}
}

func TestModel(t *testing.T) {
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 1))
	a := arena.New()
	for round := range 200 {
		c := newClockwork(t, a, []int64{0, 1_700_000_000_000, 63, -5, 1<<46 - 3}[round%5])
		for range 10 {
			c.run(50, rnd.IntN)
		}
		c.finish()
	}
}

func FuzzWheel(f *testing.F) {
	f.Add([]byte("a history of a few dozen bytes, most of which add something"), int64(0))
	f.Add([]byte{0, 200, 3, 7, 0, 255, 255, 15, 1, 6, 9, 13, 255, 255, 2, 11, 255, 255, 13}, int64(1_700_000_000_000))
	a := arena.New() // one for all: arenas keep slabs
	f.Fuzz(func(t *testing.T, history []byte, now int64) {
		c := newClockwork(t, a, now)
		c.now = min(max(now, 0), 1<<46)
		c.advance(c.now, 0, nil)
		draw := func(n int) int {
			if len(history) == 0 {
				return 0
			}
			v := int(history[0])
			history = history[1:]
			if n > 256 && len(history) > 0 {
				v = v<<8 | int(history[0])
				history = history[1:]
			}
			return v % n
		}
		for steps := 0; len(history) > 0 && steps < 200; steps++ {
			c.run(1, draw)
		}
		c.finish()
	})
}

// TestOrder asserts that deadlines expire on time and in order when the clock
// runs and the server sleeps until Next, and that it wakes seldom.
func TestOrder(t *testing.T) {
	c := newClockwork(t, arena.New(), 1_700_000_000_123)
	rnd := rand.New(rand.NewPCG(5, 6))
	var want []int64
	for i := range 3000 {
		d := c.now + 1 + rnd.Int64N(1<<(4+i%38))
		want = append(want, d)
		c.add(d)
	}
	sort.Slice(want, func(i, j int) bool { return want[i] < want[j] })
	now, wakes, got := c.now, 0, []int64{}
	for ; ; wakes++ {
		next, ok := c.w.Next(now)
		if !ok {
			break
		}
		if next <= now {
			t.Fatalf("next is %d at %d though nothing is due", next, now)
		}
		now = next
		done := c.w.Advance(now, math.MaxInt, func(n *Node) {
			if n.Deadline() != now {
				t.Fatalf("deadline %d expired at %d", n.Deadline(), now)
			}
			got = append(got, n.Deadline())
		})
		if !done {
			t.Fatal("unfinished in spite of an unlimited budget")
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatal("deadlines did not expire in order")
	}
	if wakes > 3*len(want) {
		t.Errorf("woke %d times for %d deadlines", wakes, len(want))
	}
}

// TestLag lets the budget run out.
func TestLag(t *testing.T) {
	c := newClockwork(t, arena.New(), 1000)
	for range 100 {
		c.add(1500)
	}
	c.advance(1499, 1000, nil)
	if lag := c.w.Lag(1499); lag != 0 {
		t.Errorf("lag %d before the deadline", lag)
	}
	if lag := c.w.Lag(1520); lag != 20 {
		t.Errorf("lag %d, the deadline was 20 ms ago", lag)
	}
	for _, done := c.advance(1600, 10, nil); !done; _, done = c.advance(1600, 10, nil) {
		if lag := c.w.Lag(1600); lag < 100 || lag > 600 {
			t.Errorf("lag %d with the deadline 100 ms ago", lag)
		}
	}
	c.settled()
}

// TestCheap asserts that a wheel without nodes takes no memory, and what one
// with nodes takes.
func TestCheap(t *testing.T) {
	c := newClockwork(t, arena.New(), 1)
	c.advance(1000, 10, nil)
	c.w.Free()
	if c.a.UsedBy(arena.Wheel) != 0 || unsafe.Sizeof(Wheel{}) > 104 {
		t.Errorf("an empty wheel takes %d bytes and %d in the arena", unsafe.Sizeof(Wheel{}), c.a.Used())
	}
	c.add(1 << 60)
	if used := c.a.UsedBy(arena.Wheel); used != 0 {
		t.Errorf("a deadline that never comes takes %d bytes", used)
	}
	c.add(5000)
	if used := c.a.UsedBy(arena.Wheel); used != int64(arena.ClassSize(listCount*nodeBytes)) || used > 8500 {
		t.Errorf("a wheel takes %d bytes", used)
	}
	if err := arena.CheckNoGoPointers(reflect.TypeFor[sentinels]()); err != nil {
		t.Error(err)
	}
}

func TestNoAllocations(t *testing.T) {
	c := newClockwork(t, arena.New(), 1_700_000_000_000)
	nodes := make([]*Node, 1000)
	for i := range nodes {
		nodes[i] = c.newNode()
	}
	now, expired := c.now, 0
	count := func(*Node) { expired++ }
	if n := testing.AllocsPerRun(20, func() {
		for i, n := range nodes {
			c.w.Add(n, now+int64(i*i))
		}
		for i := range nodes[:100] {
			c.w.Remove(nodes[i*7])
		}
		c.w.Next(now)
		now += 1000 * 1000
		for !c.w.Advance(now, 100, count) {
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if expired != 21*900 {
		t.Errorf("%d expired", expired)
	}
}

// BenchmarkWheel measures the life of a deadline an hour away in a wheel of a
// million.
func BenchmarkWheel(b *testing.B) {
	const n = 1 << 20
	a := arena.New()
	var w Wheel
	now := int64(1_700_000_000_000)
	w.Init(a, now)
	rnd := rand.New(rand.NewPCG(1, 2))
	add := func(x *Node) { w.Add(x, now+rnd.Int64N(3_600_000)) }
	for range n {
		add((*Node)(a.Alloc(nodeBytes, arena.Keyspace)))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; {
		now += 7
		w.Advance(now, math.MaxInt, func(x *Node) {
			i++
			add(x)
		})
	}
}

// BenchmarkAddRemove is what a key costs whose deadline never comes.
func BenchmarkAddRemove(b *testing.B) {
	a := arena.New()
	var w Wheel
	now := int64(1_700_000_000_000)
	w.Init(a, now)
	nodes := make([]*Node, 1<<10)
	for i := range nodes {
		nodes[i] = (*Node)(a.Alloc(nodeBytes, arena.Keyspace))
		w.Add(nodes[i], now+int64(i)*1000)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		n := nodes[i%len(nodes)]
		w.Remove(n)
		w.Add(n, now+int64(i%len(nodes))*999)
		i++
	}
}
