package server

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestStuck: doing nothing is judged sooner than working, and neither is
// waited for without an end.
func TestStuck(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name           string
		silent, worked time.Duration
		saving, stuck  bool
	}{
		{"a turn ago", s, 0, false, false},
		{"idle", 29 * s, 0, false, false},
		{"hung", 30 * s, s, false, true},
		{"a long command", 120 * s, 119 * s, false, false},
		{"one on a crowded machine", 120 * s, 7 * s, false, false},
		{"hung after some work", 120 * s, 5 * s, false, true},
		{"an endless loop", 600 * s, 600 * s, false, true},
		{"a save that waits for the disk", 120 * s, 0, true, false},
		{"one whose disk hangs", 600 * s, 0, true, true},
	} {
		if why := stuck(c.silent, c.worked, c.saving); (why != "") != c.stuck {
			t.Errorf("%s: %q", c.name, why)
		}
	}
}

// TestThreadTime: the CPU time of a thread is told to others, and while it
// computes it grows.
func TestThreadTime(t *testing.T) {
	threads := make(chan int64)
	var stop atomic.Bool
	defer stop.Store(true)
	go func() {
		runtime.LockOSThread()
		threads <- currentThread()
		for !stop.Load() {
		}
	}()
	thread := <-threads
	for before := threadTime(thread); threadTime(thread) < before+10*time.Millisecond; {
		time.Sleep(time.Millisecond)
	}
}

// TestSaveIsNotStuck: a snapshot that everybody waits for gives signs of life,
// and what comes behind it is judged as before.
func TestSaveIsNotStuck(t *testing.T) {
	p := newPipe(t)
	p.server.executor.persist.dir = t.TempDir()
	p.reply(t, "SET", "k", "v")
	b := &p.server.beat
	long := time.Since(p.server.started) - 20*time.Minute
	b.at.Store(int64(long))
	why := p.server.Stuck()
	if lines := p.server.Unready(); why == "" || len(lines) == 0 || lines[len(lines)-1] != "stuck: "+why {
		t.Errorf("a silent server is not stuck: %q %q", why, lines)
	}
	if reply := p.reply(t, "SAVE"); reply != "+OK\r\n" {
		t.Fatal(reply)
	}
	if why = p.server.Stuck(); why != "" {
		t.Error(why)
	}
	if b.saving.Load() {
		t.Error("the save has no end")
	}
}

// TestClockSetBack: what is periodic goes on when the clock is set back.
func TestClockSetBack(t *testing.T) {
	p := newPipe(t)
	x, r := p.server.executor, p.conn.reactor
	const hour = 3600_000
	x.nowMs += hour
	x.cronMs, x.secondMs, r.nowMs, r.sweptMs, r.acceptAfterMs = x.nowMs, x.nowMs, x.nowMs, x.nowMs, x.nowMs
	x.defrag = defrag{nextMs: x.nowMs, againMs: x.nowMs + defragRestMs, sinceMs: x.nowMs - 5, totalMs: 7}
	x.tick()
	if d := &x.defrag; d.nextMs > x.nowMs || d.againMs > x.nowMs+defragRestMs {
		t.Errorf("now %d, gaps are closed from %d and %d", x.nowMs, d.nextMs, d.againMs)
	}
	if total, current := x.defrag.time(x.nowMs); total != 12 || current != 5 {
		t.Errorf("gaps were too large for %d and %d ms", total, current)
	}
	if x.cronMs > x.nowMs || x.secondMs > x.nowMs || r.sweptMs > x.nowMs || r.acceptAfterMs > x.nowMs {
		t.Errorf("now %d, due %d and %d, swept %d, accepts from %d", x.nowMs, x.cronMs, x.secondMs, r.sweptMs, r.acceptAfterMs)
	}
}
