package persist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"basalt/internal/seeds"
	"basalt/internal/vfs"
)

// Tests with the writer as a goroutine. They wait for what it tells, never for
// a time.

// patience is when a test gives up waiting.
const patience = 20 * time.Second

// live is a log that is on, and a channel on which its writer calls.
type live struct {
	t      testing.TB
	a      *AOF
	faults *vfs.Faults
	mem    *vfs.Mem
	woken  chan struct{}
	n      int
}

func newLive(t testing.TB, opts AOFOptions) *live {
	t.Helper()
	l := &live{t: t, mem: vfs.NewMem(), woken: make(chan struct{}, 1)}
	l.faults = vfs.NewFaults(l.mem)
	var err error
	if l.a, err = OpenAOF(l.faults, "/", opts); err != nil {
		t.Fatal(err)
	}
	if err := l.a.Start(false, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	l.a.OnDurable(func() {
		select {
		case l.woken <- struct{}{}:
		default:
		}
	})
	return l
}

// add appends one record and flushes.
func (l *live) add() int64 {
	l.n++
	end := l.a.Append(appendCommand(nil, "R", strconv.Itoa(l.n)))
	l.a.Flush()
	return end
}

// until waits, as the executor does, until it holds.
func (l *live) until(what string, holds func() bool) {
	l.t.Helper()
	limit := time.After(patience)
	for !holds() {
		l.a.Flush()
		l.a.Wait(l.a.end + 1) // never durable: asks for a call
		if holds() {
			return
		}
		select {
		case <-l.woken:
		case <-limit:
			l.t.Fatal("waited in vain:", what)
		}
	}
}

func (l *live) durable(end int64) {
	l.t.Helper()
	l.until("durable", func() bool { return l.a.Durable() >= end })
}

// found counts the records in what a crash leaves.
func (l *live) found() int {
	l.t.Helper()
	_, n, err := load(l.mem.CrashClone(nil))
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

// whole asserts that a crash would leave all records.
func (l *live) whole() {
	l.t.Helper()
	if found := l.found(); found != l.n {
		l.t.Error(found, "of", l.n)
	}
}

// closeWhole closes the log, which has all records then.
func (l *live) closeWhole() {
	l.t.Helper()
	if err := l.a.Close(); err != nil {
		l.t.Error(err)
	}
	l.whole()
}

// gate is a hook that holds up calls of a kind.
type gate struct {
	op      vfs.Op
	entered chan struct{}
	leave   chan struct{}
	calls   atomic.Int64
}

func newGate(op vfs.Op) *gate {
	return &gate{op: op, entered: make(chan struct{}), leave: make(chan struct{})}
}

func (g *gate) hook(c vfs.Call) error {
	if c.Op == g.op {
		g.calls.Add(1)
		g.entered <- struct{}{}
		<-g.leave
	}
	return nil
}

// TestGroupCommit: what comes while a sync runs shares the next one.
func TestGroupCommit(t *testing.T) {
	l := newLive(t, AOFOptions{Policy: SyncAlways})
	g := newGate(vfs.OpSync)
	l.faults.Hook(g.hook)
	first := l.add()
	<-g.entered
	if l.a.Durable() != 0 || l.found() != 0 {
		t.Error("durable before the sync")
	}
	var last int64
	for range 500 {
		last = l.add()
	}
	if l.a.Wait(last) {
		t.Error("durable before the sync")
	}
	g.leave <- struct{}{}
	<-g.entered
	if l.a.Durable() != first || l.found() != 1 {
		t.Error("after the first sync:", l.a.Durable(), l.found())
	}
	g.leave <- struct{}{}
	l.durable(last)
	if l.found() != l.n || g.calls.Load() != 2 {
		t.Error(l.found(), g.calls.Load())
	}
	l.faults.Hook(nil)
	if err := l.a.Close(); err != nil {
		t.Error(err)
	}
}

// TestEverySecond: records are written at once and synced once a second; a
// slow sync is counted when it is slow and somebody waited for it.
func TestEverySecond(t *testing.T) {
	now := time.Unix(1700000000, 0)
	m := vfs.NewMem()
	faults := vfs.NewFaults(m)
	a, err := OpenAOF(faults, "/", AOFOptions{Policy: SyncEverySec, manual: true, clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(false, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	records := 0
	step := func(add bool) time.Duration {
		if add {
			records++
			a.Append(appendCommand(nil, "R", strconv.Itoa(records)))
			a.Flush()
		}
		wait, _ := a.writer.step(now)
		return wait
	}
	kept := func() int {
		_, n, err := load(m.CrashClone(nil))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if wait := step(true); wait != time.Second || a.Durable() != a.end || kept() != 0 {
		t.Error(wait, a.Durable(), a.end, kept())
	}
	now = now.Add(999 * time.Millisecond)
	if wait := step(true); wait != time.Millisecond || kept() != 0 {
		t.Error(wait, kept())
	}
	now = now.Add(time.Millisecond)
	if wait := step(false); wait != forever || kept() != 2 || a.Stats().Syncs != 1 || a.Stats().DelayedSyncs != 0 {
		t.Error(wait, kept(), a.Stats())
	}

	// A sync of three seconds, during which a record comes.
	now = now.Add(5 * time.Second)
	faults.Hook(func(c vfs.Call) error {
		if c.Op == vfs.OpSync {
			records++
			a.Append(appendCommand(nil, "R", strconv.Itoa(records)))
			a.Flush()
			now = now.Add(3 * time.Second)
			if s := a.Stats(); !s.Syncing || s.DelayedSyncs != 1 || s.Buffered == 0 {
				t.Error("during a slow sync:", s)
			}
		}
		return nil
	})
	step(true)
	faults.Hook(nil)
	if s := a.Stats(); s.Syncing || s.DelayedSyncs != 1 || s.LongestSync != 3*time.Second || kept() != 3 {
		t.Error(s, kept())
	}

	// While a child writes, nothing is synced, whatever the policy.
	a.HoldSync(true)
	a.SetPolicy(SyncAlways)
	now = now.Add(time.Minute)
	if wait := step(true); wait != forever || a.Durable() != a.end || kept() != 3 {
		t.Error(wait, a.Durable(), kept())
	}
	a.HoldSync(false)
	if wait := step(false); wait != forever || kept() != records {
		t.Error(wait, kept())
	}
	a.HoldSync(false)
	a.SetPolicy(SyncNo)
	if wait := step(true); wait != forever || a.Durable() != a.end || kept() != records-1 {
		t.Error(wait, a.Durable(), kept())
	}
	// Under no, a file that is left is synced all the same.
	a.Stop()
	step(false)
	if kept() != records {
		t.Error(kept())
	}
}

// overflow appends more than fits into the ring, while the writer stands still.
func (l *live) overflow() {
	l.t.Helper()
	for range spansMax {
		l.add()
	}
	for i := range 20 {
		l.n++
		l.a.Append(appendCommand(nil, "R", strconv.Itoa(l.n), strings.Repeat("y", chunkSize/2+chunkSize*(i%2))))
		l.a.Flush()
	}
	if len(l.a.overflow) == 0 {
		l.t.Error("the ring took all")
	}
}

// TestMemory: chunks are counted from their making until nobody keeps them, and
// used again before others are made.
func TestMemory(t *testing.T) {
	a, err := OpenAOF(vfs.NewMem(), "/", AOFOptions{manual: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Memory(); got != 0 {
		t.Errorf("%d bytes in a log that is off", got)
	}
	if err := a.Start(false, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	record := appendCommand(nil, "SET", "k", strings.Repeat("v", chunkSize/2))
	fill := func(chunks int, want int64) {
		t.Helper()
		for range chunks { // one has room for one record
			a.Append(record)
			a.Flush()
		}
		if got := a.Memory(); got != want*chunkSize {
			t.Errorf("%d bytes, want %d", got, want*chunkSize)
		}
	}
	fill(chunksKept+5, chunksKept+5)
	a.writer.step(a.opts.clock())
	fill(0, chunksKept+1) // the last one is being filled
	fill(chunksKept, chunksKept+1)
}

// TestOverload: while the disk stands still the executor goes on, and is told
// when it should not.
func TestOverload(t *testing.T) {
	const limit = 4 << 20
	l := newLive(t, AOFOptions{Policy: SyncNo, BufferMax: limit})
	g := newGate(vfs.OpWrite)
	l.faults.Hook(g.hook)
	l.add()
	<-g.entered
	pad := strings.Repeat("x", 10_000)
	count := 0
	for !l.a.Overloaded() {
		l.n++
		l.a.Append(appendCommand(nil, "R", strconv.Itoa(l.n), pad))
		l.a.Flush()
		count++
	}
	if count < limit/11_000 || count > limit/10_000+1 {
		t.Error("overloaded after", count)
	}
	l.overflow()
	l.faults.Hook(nil)
	g.leave <- struct{}{}
	l.until("the end of the overload", func() bool { return !l.a.Overloaded() && len(l.a.overflow) == 0 })
	l.closeWhole()
}

// TestCloseTakesWhatDidNotFit: closing while the ring is full loses nothing.
func TestCloseTakesWhatDidNotFit(t *testing.T) {
	l := newLive(t, AOFOptions{Policy: SyncNo})
	g := newGate(vfs.OpWrite)
	l.faults.Hook(g.hook)
	l.add()
	<-g.entered
	l.overflow()
	done := l.a.Stop()
	if l.a.On() {
		t.Error("on after Stop")
	}
	l.faults.Hook(nil)
	g.leave <- struct{}{}
	<-done
	l.whole()
}

// TestFullDisk: writes are refused while there is no room, and taken up again
// without anybody's doing.
func TestFullDisk(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncAlways, SyncEverySec, SyncNo} {
		var log bytes.Buffer
		l := newLive(t, AOFOptions{Policy: policy, Log: func(_ bool, text string) { log.WriteString(text + "\n") }})
		l.durable(l.add())
		size := l.a.Size()
		l.faults.SetRoom(5)
		end := l.add()
		l.until("the error", func() bool { return l.a.Err() != nil })
		if err := l.a.Err(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "appendonly.aof.1.incr.aof") {
			t.Error(err)
		}
		if l.a.Durable() >= end {
			t.Error("durable on a full disk")
		}
		if info, err := l.mem.Stat("/appendonlydir/appendonly.aof.1.incr.aof"); err != nil || info.Size != size {
			t.Error("not cut back to whole records:", info, err)
		}
		l.faults.SetRoom(-1)
		l.until("room", func() bool { return l.a.Err() == nil })
		l.durable(end)
		l.closeWhole()
		if !strings.Contains(log.String(), "Error writing") || !strings.Contains(log.String(), "looks solved") {
			t.Error(log.String())
		}
	}
}

// TestCloseOnABadDisk ends with an error, not never.
func TestCloseOnABadDisk(t *testing.T) {
	l := newLive(t, AOFOptions{Policy: SyncAlways})
	l.durable(l.add())
	l.faults.Hook(func(c vfs.Call) error {
		if c.Op == vfs.OpSync || c.Op == vfs.OpTruncate {
			return syscall.EIO
		}
		return nil
	})
	l.add()
	if err := l.a.Close(); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	if l.a.Err() != nil {
		t.Error("an error of a log that is off:", l.a.Err())
	}
	if n := l.found(); n != 1 && n != 2 {
		t.Error(n)
	}
}

// TestRewriteLive turns the log off and on, and rewrites it, under load.
func TestRewriteLive(t *testing.T) {
	l := newLive(t, AOFOptions{Policy: SyncAlways})
	rewrite := func() {
		t.Helper()
		r, err := l.a.BeginRewrite(false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.a.BeginRewrite(false); !errors.Is(err, ErrRewriting) {
			t.Error("two rewrites:", err)
		}
		at := l.n
		for range 100 {
			l.add()
		}
		if err := writeFile(l.faults, r.Temp, func(w io.Writer) error {
			_, err := w.Write(appendCommand(nil, "BASE", strconv.Itoa(at)))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(l.faults.Rename(r.Temp, r.Final), l.faults.SyncDir("/appendonlydir")); err != nil {
			t.Fatal(err)
		}
		l.a.CommitRewrite()
		l.durable(l.add())
		l.until("the rewrite", func() bool {
			running, err := l.a.RewriteState()
			if err != nil {
				t.Fatal(err)
			}
			return !running
		})
		l.whole()
	}
	for range 3 {
		l.durable(l.add())
		rewrite()
		base := l.a.BaseSize()
		for l.a.Size() < 2*base {
			if l.a.WantsRewrite(100, 0) {
				t.Error("wants a rewrite at", l.a.Size(), "of", base)
			}
			l.durable(l.add())
		}
		if !l.a.WantsRewrite(100, 0) || l.a.WantsRewrite(0, 0) || l.a.WantsRewrite(100, 2*base+100) {
			t.Error("does not want a rewrite, or always")
		}
		if err := l.a.Close(); err != nil {
			t.Fatal(err)
		}
		l.n += 1000 // while it was off
		rewrite()
	}
	// Given up while it was being turned on: what was there is there.
	before := l.n
	if err := l.a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.a.BeginRewrite(true); err != nil {
		t.Fatal(err)
	}
	l.add()
	l.a.AbortRewrite()
	<-l.a.writer.ended
	if l.a.On() || l.found() != before {
		t.Error(l.a.On(), l.found(), "want", before)
	}
	// History is deleted by a goroutine; what is left is what the manifest says.
	names, err := l.mem.List("/appendonlydir")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, tempPrefix) {
			t.Error("left over:", name)
		}
	}
}

// TestStress has an executor and a writer at full speed, with rewrites, policy
// changes and a disk that fails now and then.
func TestStress(t *testing.T) {
	seed := seeds.Of(t)
	random := rand.New(rand.NewPCG(seed, 1))
	l := newLive(t, AOFOptions{Policy: SyncEverySec, Timestamps: true, BufferMax: 1 << 20})
	var failing atomic.Bool
	l.faults.Hook(func(c vfs.Call) error {
		if (c.Op == vfs.OpWrite || c.Op == vfs.OpSync) && failing.Load() && rand.IntN(8) == 0 {
			return syscall.EIO
		}
		return nil
	})
	pads := strings.Repeat("p", 2*chunkSize)
	running, base := false, 0
	var r Rewrite
	for round := range 1500 {
		l.a.SetTime(int64(1700000000 + round/100))
		for range random.IntN(20) {
			l.n++
			size := random.IntN(100)
			if random.IntN(500) == 0 {
				size = random.IntN(2 * chunkSize)
			}
			l.a.Append(appendCommand(nil, "R", strconv.Itoa(l.n), pads[:size]))
		}
		l.a.Flush()
		if l.a.Overloaded() {
			l.until("the end of the overload", func() bool { return !l.a.Overloaded() })
		}
		switch random.IntN(60) {
		case 0:
			l.a.SetPolicy(SyncPolicy(random.IntN(3)))
		case 1:
			failing.Store(!failing.Load())
		case 2:
			l.a.SetPolicy(SyncAlways)
			l.durable(l.a.end)
			if n := l.found(); n != l.n && !failing.Load() {
				t.Fatal(n, "of", l.n)
			}
		case 3:
			if !running {
				var err error
				if r, err = l.a.BeginRewrite(false); err != nil {
					t.Fatal(err)
				}
				running, base = true, l.n
			} else if writeFile(l.mem, r.Temp, func(w io.Writer) error {
				_, err := w.Write(appendCommand(nil, "BASE", strconv.Itoa(base)))
				return err
			}) == nil && l.mem.Rename(r.Temp, r.Final) == nil && l.mem.SyncDir("/appendonlydir") == nil {
				l.a.CommitRewrite()
				l.until("the rewrite", func() bool {
					now, err := l.a.RewriteState()
					if err != nil {
						l.a.AbortRewrite()
					}
					return !now || err != nil
				})
				running = false
			}
		}
	}
	failing.Store(false)
	l.closeWhole()
}

// TestAppendDoesNotAllocate: chunks come back from the writer.
func TestAppendDoesNotAllocate(t *testing.T) {
	l := newLive(t, AOFOptions{Policy: SyncNo})
	l.faults.Hook(func(c vfs.Call) error { return nil })
	record := appendCommand(nil, "SET", "key:000000000001", strings.Repeat("v", 64))
	round := func() {
		for range 16 {
			l.a.Append(record)
		}
		l.a.Flush()
	}
	for range 2000 {
		round()
	}
	l.durable(l.a.end)
	if n := testing.AllocsPerRun(200, round); n != 0 {
		t.Error(n, "allocations a round")
	}
	l.a.Close()
}

// noDisk takes writes without doing anything, to see what the executor pays.
type noDisk struct{ vfs.OS }

type noFile struct{ vfs.File }

func (noDisk) Append(path string) (vfs.File, error) {
	f, err := vfs.OS{}.Append(path)
	return noFile{f}, err
}

func (noFile) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }

func benchmarkLog(b *testing.B, fsys vfs.FS, perRound int) {
	a, err := OpenAOF(fsys, b.TempDir(), AOFOptions{Policy: SyncNo})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Start(false, func(io.Writer) error { return nil }); err != nil {
		b.Fatal(err)
	}
	woken := make(chan struct{}, 1)
	a.OnDurable(func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	record := appendCommand(nil, "SET", "key:000000000001", strings.Repeat("v", 64))
	b.ReportAllocs()
	b.SetBytes(int64(len(record)))
	for i := 0; b.Loop(); i++ {
		a.Append(record)
		if i%perRound == 0 {
			a.Flush()
			if a.Overloaded() {
				<-woken
			}
		}
	}
	b.StopTimer()
	s := a.Stats()
	b.ReportMetric(float64(s.Writes)/float64(b.N), "writes/op")
	if err := a.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, perRound := range []int{1, 16, 100} {
		b.Run(fmt.Sprintf("round=%d", perRound), func(b *testing.B) { benchmarkLog(b, vfs.OS{}, perRound) })
		b.Run(fmt.Sprintf("round=%d/nodisk", perRound), func(b *testing.B) { benchmarkLog(b, noDisk{}, perRound) })
	}
}

// BenchmarkExecutorShare is what the calls cost while the writer is busy, with
// nothing else in the picture: a copy, and a push into the ring.
func BenchmarkExecutorShare(b *testing.B) {
	record := appendCommand(nil, "SET", "key:000000000001", strings.Repeat("v", 64))
	open := func(b *testing.B) *AOF {
		a, err := OpenAOF(vfs.NewMem(), "/", AOFOptions{manual: true})
		if err == nil {
			err = a.Start(false, func(io.Writer) error { return nil })
		}
		if err != nil {
			b.Fatal(err)
		}
		a.Append(record)
		return a
	}
	b.Run("append", func(b *testing.B) {
		a := open(b)
		for b.Loop() {
			a.Append(record)
			if len(a.buf) > chunkSize-1000 {
				a.buf = a.buf[:0]
			}
		}
	})
	b.Run("append+flush", func(b *testing.B) {
		a := open(b)
		for b.Loop() {
			a.Append(record)
			a.Flush()
			if len(a.buf) > chunkSize-1000 {
				a.buf, a.sent = a.buf[:0], 0
			}
			a.writer.spans.Pop()
		}
	})
}

// BenchmarkReplay reads a log and applies nothing.
func BenchmarkReplay(b *testing.B) {
	var text []byte
	for i := range 200_000 {
		text = appendCommand(text, "SET", fmt.Sprintf("key:%012d", i), strings.Repeat("v", 64))
	}
	m := folder(b, map[string]string{"appendonly.aof.manifest": "file b seq 1 type i\n", "b": string(text)})
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		a, err := OpenAOF(m, "/", AOFOptions{})
		if err != nil {
			b.Fatal(err)
		}
		r, err := a.Replay(ReplayOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Step(0, func(int, [][]byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200_000, "ns/record")
}

// BenchmarkAlways has 50 clients wait for each of their records.
func BenchmarkAlways(b *testing.B) {
	a, err := OpenAOF(vfs.OS{}, b.TempDir(), AOFOptions{Policy: SyncAlways})
	if err == nil {
		err = a.Start(false, func(io.Writer) error { return nil })
	}
	if err != nil {
		b.Fatal(err)
	}
	woken := make(chan struct{}, 1)
	a.OnDurable(func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	record := appendCommand(nil, "SET", "key:000000000001", strings.Repeat("v", 64))
	for b.Loop() {
		var end int64
		for range 50 {
			end = a.Append(record)
		}
		a.Flush()
		for !a.Wait(end) {
			<-woken
		}
	}
	b.ReportMetric(50*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	if err := a.Close(); err != nil {
		b.Fatal(err)
	}
}

// TestNoWakeIsLost has executor and writer fall asleep and wake each other as
// often as they can.
func TestNoWakeIsLost(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncAlways, SyncNo} {
		l := newLive(t, AOFOptions{Policy: policy})
		for range map[SyncPolicy]int{SyncAlways: 5000, SyncNo: 300}[policy] { // without a sync, each waits for a nap
			l.durable(l.add())
		}
		l.closeWhole()
	}
}

// TestOffAndOn turns the log off and on without waiting for the disk.
func TestOffAndOn(t *testing.T) {
	l := newLive(t, AOFOptions{Policy: SyncEverySec})
	for i := range 100 {
		l.add()
		l.a.Stop()
		if _, err := l.a.BeginRewrite(false); err != nil {
			t.Fatal(err)
		}
		l.add()
		if i%3 == 0 {
			l.a.AbortRewrite()
		} else {
			l.a.Stop()
		}
		r, err := l.a.BeginRewrite(false)
		if err != nil {
			t.Fatal(err)
		}
		base := l.n
		l.add()
		if err := writeFile(l.mem, r.Final, func(w io.Writer) error {
			_, err := w.Write(appendCommand(nil, "BASE", strconv.Itoa(base)))
			return err
		}); err != nil {
			// The folder is made by the writer.
			t.Fatal(err)
		}
		l.a.CommitRewrite()
		if i%5 == 0 {
			continue // the next Stop comes while the commit is under way
		}
		l.until("the rewrite", func() bool {
			running, err := l.a.RewriteState()
			if err != nil {
				t.Fatal(err)
			}
			return !running
		})
	}
	if err := l.a.Close(); err != nil {
		t.Error(err)
	}
	if err := l.mem.SyncDir("/appendonlydir"); err != nil {
		t.Error(err)
	}
	l.whole()
}
