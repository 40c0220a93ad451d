package persist

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"basalt/internal/vfs"
)

// The dataset of these tests is a number: how many records were made. Record i
// says "i", a base says up to which number it goes, so what is loaded is right
// if and only if it counts 1, 2, 3 without a gap.

func appendCommand(b []byte, args ...string) []byte {
	b = fmt.Appendf(b, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b
}

// counter is the dataset of a replay.
type counter struct{ n int }

func (c *counter) apply(_ int, args [][]byte) error {
	i, err := strconv.Atoi(string(args[1]))
	switch {
	case err != nil:
		return err
	case string(args[0]) == "BASE" && c.n == 0:
		c.n = i
	case string(args[0]) != "R" || i != c.n+1:
		return fmt.Errorf("%s %d after %d", args[0], i, c.n)
	default:
		c.n = i
	}
	return nil
}

// load opens the log in a file system and counts what is in it.
func load(fsys vfs.FS) (*AOF, int, error) {
	a, err := OpenAOF(fsys, "/", AOFOptions{LoadTruncated: true, manual: true})
	if err != nil {
		return nil, 0, err
	}
	r, err := a.Replay(ReplayOptions{})
	if err != nil {
		return nil, 0, err
	}
	var c counter
	done, err := r.Step(0, c.apply)
	if err == nil && !done {
		err = errors.New("not done")
	}
	return a, c.n, err
}

// history is one random life of a log, whose writer's steps the test takes
// itself, so that the same seed gives the same calls in the same order.
type history struct {
	t      testing.TB
	random *rand.Rand
	mem    *vfs.Mem
	faults *vfs.Faults
	a      *AOF
	now    time.Time

	ends     []int64 // position behind record i
	whole    []int   // record i belongs to a transaction that ends with this one
	floor    int64   // what was durable when the policy became always
	promised int     // records that must be found after a crash
	enabling bool
	base     int // records that the base of the running rewrite has
	running  bool
	commit   bool
	crashes  float64 // chance that a call is looked at as a crash
	lastBase int
	checked  int
	broken   bool // a log was closed while the disk did not work, and no rewrite has replaced it
}

func newHistory(t testing.TB, seed uint64) *history {
	h := &history{t: t, random: rand.New(rand.NewPCG(seed, 7)), mem: vfs.NewMem(), now: time.Unix(1700000000, 0)}
	h.faults = vfs.NewFaults(h.mem)
	h.ends, h.whole = []int64{0}, []int{0}
	a, err := OpenAOF(h.faults, "/", AOFOptions{
		Policy: SyncAlways, Timestamps: seed%3 == 0, KeepHistory: seed%5 == 0, manual: true,
		clock: func() time.Time { return h.now },
		Log:   func(bool, string) {},
	})
	if err == nil {
		err = a.Start(false, func(w io.Writer) error {
			_, err := w.Write(appendCommand(nil, "BASE", "0"))
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	h.a = a
	return h
}

// observe notes what the log has promised.
func (h *history) observe() {
	a := h.a
	if h.enabling || !a.on || SyncPolicy(a.policy.Load()) != SyncAlways || a.held.Load() {
		return
	}
	d := a.Durable()
	if d <= h.floor {
		return
	}
	for h.promised+1 < len(h.ends) && h.ends[h.promised+1] <= d {
		h.promised++
	}
}

// hook is asked before each call of the file system.
func (h *history) hook(fail func(vfs.Call) error) func(vfs.Call) error {
	return func(c vfs.Call) error {
		if h.random.Float64() < h.crashes {
			h.crash("before a call")
		}
		return fail(c)
	}
}

// crash looks at what would be found if the machine stopped now.
func (h *history) crash(when string) {
	h.t.Helper()
	h.observe()
	h.checked++
	for _, random := range []*rand.Rand{nil, h.random} {
		if _, n, err := load(h.mem.CrashClone(random)); err != nil {
			h.t.Fatalf("crash %s: %v", when, err)
		} else if n < h.promised || n >= len(h.ends) || h.whole[n] != n {
			h.t.Fatalf("crash %s: found %d records, promised were %d, made %d; whole up to %d", when, n, h.promised, len(h.ends)-1, h.whole[min(n, len(h.ends)-1)])
		}
	}
}

func (h *history) step() {
	w := h.a.writer
	if w.done {
		return
	}
	h.now = h.now.Add(time.Duration(h.random.IntN(400)) * time.Millisecond)
	w.step(h.now)
	h.observe()
}

// act does one random thing.
func (h *history) act() {
	a := h.a
	a.SetTime(h.now.Unix())
	switch p := h.random.IntN(100); {
	case !a.on:
		if p < 30 {
			h.begin()
		}
	case p < 40:
		h.append()
	case p < 55:
		a.Flush()
	case p < 80:
		h.step()
	case p < 84:
		h.setPolicy()
	case p < 90:
		if !h.running {
			h.begin()
		}
	case p < 95:
		h.goOn()
	case p < 96:
		h.stop()
	case p < 97:
		a.SetKeepHistory(h.random.IntN(2) == 0)
	default:
		h.now = h.now.Add(time.Second)
	}
	h.poll()
}

func (h *history) append() {
	var b []byte
	size := 1
	if h.random.IntN(4) == 0 {
		size += h.random.IntN(4)
		b = appendCommand(b, "MULTI")
	}
	first := len(h.ends)
	for i := range size {
		pad := make([]byte, h.random.IntN(200))
		b = appendCommand(b, "R", strconv.Itoa(first+i), string(pad))
	}
	if size > 1 || len(b) > 7 && string(b[8:13]) == "MULTI" {
		b = appendCommand(b, "EXEC")
	}
	end := h.a.Append(b)
	for range size {
		h.ends, h.whole = append(h.ends, end), append(h.whole, first+size-1)
	}
}

func (h *history) setPolicy() {
	h.observe()
	a := h.a
	if h.random.IntN(4) == 0 {
		a.HoldSync(!a.held.Load())
	} else {
		a.SetPolicy([]SyncPolicy{SyncAlways, SyncAlways, SyncEverySec, SyncNo}[h.random.IntN(4)])
	}
	h.floor = a.Durable()
}

func (h *history) begin() {
	h.enabling = h.enabling || !h.a.on
	if _, err := h.a.BeginRewrite(false); err != nil {
		h.t.Fatal(err)
	}
	h.running, h.commit, h.base = true, false, len(h.ends)-1
	if h.enabling {
		h.floor = h.a.end
	}
}

// goOn goes on with the rewrite: makes the base and commits, or gives up.
func (h *history) goOn() {
	if !h.running || h.commit {
		return
	}
	if h.random.IntN(4) == 0 {
		h.abort()
		return
	}
	r := h.a.rewrite
	err := writeFile(h.faults, r.Temp, func(w io.Writer) error {
		_, err := w.Write(appendCommand(nil, "BASE", strconv.Itoa(h.base)))
		return err
	})
	if err == nil {
		err = h.faults.Rename(r.Temp, r.Final)
	}
	if err == nil {
		err = h.faults.SyncDir(filepath.Dir(r.Final))
	}
	if err != nil {
		h.abort()
		return
	}
	h.a.CommitRewrite()
	h.commit = true
}

func (h *history) abort() {
	h.a.AbortRewrite()
	h.running = false
	if h.enabling {
		h.off()
	}
}

// off finishes the writer's work, as its goroutine would.
func (h *history) off() {
	h.enabling = false
	for !h.a.writer.done {
		h.step()
	}
	// What was appended since it was turned on is discarded.
	h.floor = h.a.end
}

func (h *history) stop() {
	if h.running {
		return
	}
	h.observe()
	h.a.Stop()
	h.off()
	if h.a.writer.closing == nil {
		h.promised = len(h.ends) - 1
	} else {
		h.broken = true
	}
}

// poll does what the server does once in a while.
func (h *history) poll() {
	if !h.running {
		return
	}
	running, err := h.a.RewriteState()
	switch {
	case err != nil:
		h.abort()
	case !running:
		if !h.commit {
			h.t.Fatal("a rewrite is done that was not committed")
		}
		h.running, h.enabling = false, false
		h.lastBase, h.broken = h.base, false
	}
}

// settle lets the disk work again and the writer finish.
func (h *history) settle() {
	h.t.Helper()
	h.faults.Hook(nil)
	h.faults.SetRoom(-1)
	a := h.a
	if !a.on {
		return
	}
	if h.running && !h.commit {
		h.abort()
		if !a.on {
			return
		}
	}
	a.SetPolicy(SyncAlways)
	a.HoldSync(false)
	a.Flush()
	for range 50 {
		a.Flush()
		h.now = h.now.Add(2 * time.Second)
		h.step()
	}
	h.poll()
	if h.running {
		h.t.Fatal("the rewrite does not end")
	}
	if err := a.Err(); err != nil {
		h.t.Fatal("it works again, but not for the log:", err)
	}
	if a.Durable() != a.end {
		h.t.Fatalf("durable %d of %d", a.Durable(), a.end)
	}
	h.promised = len(h.ends) - 1
}

// life runs a history of so many acts, then looks at what is left.
func (h *history) life(acts int) {
	h.t.Helper()
	for range acts {
		h.act()
	}
	h.settle()
	h.crash("at the end")
	h.a.Stop()
	for !h.a.writer.done {
		h.step()
	}
	h.crash("after closing")
	// The folder can be opened and go on.
	a, n, err := load(h.mem)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := a.Start(false, nil); err != nil {
		h.t.Fatal(err)
	}
	a.Append(appendCommand(nil, "R", strconv.Itoa(n+1)))
	a.Flush()
	a.Stop()
	for !a.writer.done {
		a.writer.step(h.now)
	}
	left := h.mem
	if !h.broken {
		left = h.mem.CrashClone(nil)
	}
	if _, again, err := load(left); err != nil || again != n+1 {
		h.t.Fatal(again, "after", n, err)
	}
}

// TestModelCrashes crashes at every call of random histories on a good disk.
func TestModelCrashes(t *testing.T) {
	checked := 0
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed)
			h.crashes = 1
			h.faults.Hook(h.hook(func(vfs.Call) error { return nil }))
			h.life(300)
			checked += h.checked
		})
	}
	t.Log(checked, "crashes")
}

// TestModelFaults fails calls at random, and crashes.
func TestModelFaults(t *testing.T) {
	first := rand.Uint64() >> 1
	t.Log("seed", first)
	for seed := first; seed < first+150; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed)
			h.crashes = 0.1
			often := h.random.Float64() * 0.3
			h.faults.Hook(h.hook(func(c vfs.Call) error {
				if h.random.Float64() < often && c.Op != vfs.OpStat {
					return syscall.EIO
				}
				return nil
			}))
			h.life(400)
		})
	}
}

// TestModelEveryCallFails runs the same history again and again, and each time
// another call fails: once, and in another run until the end of the history.
func TestModelEveryCallFails(t *testing.T) {
	for seed := range uint64(3) {
		h := newHistory(t, seed)
		before := h.faults.Calls()
		h.life(200)
		calls := h.faults.Calls() - before
		for n := range calls {
			for _, forever := range []bool{false, true} {
				h := newHistory(t, seed)
				h.crashes = 0.05
				n := n + h.faults.Calls()
				h.faults.Hook(h.hook(func(c vfs.Call) error {
					if c.N == n || forever && c.N > n && c.N%8 != 0 {
						return syscall.EIO
					}
					return nil
				}))
				h.life(200)
			}
		}
		t.Log("seed", seed, calls, "calls")
	}
}

// TestModelFullDisk fills the disk and makes room again.
func TestModelFullDisk(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := newHistory(t, seed)
			h.crashes = 0.2
			h.faults.Hook(h.hook(func(vfs.Call) error { return nil }))
			for range 5 {
				h.faults.SetRoom(int64(h.random.IntN(3000)))
				for range 60 {
					h.act()
				}
				h.faults.SetRoom(-1)
				for range 20 {
					h.act()
				}
			}
			h.life(20)
		})
	}
}
