package server

import (
	"runtime"
	"runtime/debug"
	"time"

	"basalt/internal/ticks"
	"basalt/netpoll"
)

const (
	// sliceBudget bounds one slice of background work on the executor.
	sliceBudget = 200 * time.Microsecond
	// sliceRest is how many times its own length a slice is followed by
	// commands while there are any.
	sliceRest = 3
	// spinRounds is how often an executor with reactor threads looks at the
	// rings again before it sleeps: some microseconds. Longer spinning was
	// measured to double the CPU of a request on two cores.
	spinRounds = 64
	// burstBatches is how many batches, dropped at once, tell that a burst of
	// connections is over.
	burstBatches = 16
	// calibrateMs is how often the tick counter is compared with the clock.
	calibrateMs = 1000
)

// timers is when the executor's periodic work is due, in Unix ms.
type timers struct {
	nowMs       int64
	cronMs      int64
	secondMs    int64
	sliceFrom   int64 // ticks: no background slice before
	backlog     bool  // background work is left
	rehashing   bool  // tables may have steps to do
	reclaiming  bool  // memory may be there to give back
	monitorLine []byte
	resuming    []*session
}

// runHere is the loop of a thread that is executor and reactor in one. It ends
// when the reactors are to have threads of their own.
func (x *executor) runHere() error {
	here, hot := x.crew.here, false
	for !x.server.stopping.Load() && !x.crew.spreading {
		did, err := false, error(nil)
		more := x.backlog || anyReady(here)
		// Full windows are executed while events are looked at, so a round begins
		// when the poller returns.
		if hot || more {
			// Without waiting first: that is a raw call, which the Go
			// scheduler does not have to know about.
			if did, err = x.poll(0); err != nil {
				return err
			}
			hot, more = did, x.backlog || anyReady(here)
		}
		if !did && !more {
			if did, err = x.poll(x.timeout()); err != nil {
				return err
			}
			hot = did
		}
		start := x.crew.polled
		x.tick()
		x.watchDisk()
		// With more to read pushes wait for it: the same clients may get more.
		x.execute(!anyReady(here))
		served := false
		for _, r := range here {
			served = r.serveReady() || served
		}
		if served {
			x.execute(true)
		}
		x.background(did)
		x.cycle(start)
	}
	return nil
}

// anyReady reports whether connections of any of the reactors have bytes that
// wait to be parsed.
func anyReady(reactors []*reactor) bool {
	for _, r := range reactors {
		if len(r.ready) > 0 {
			return true
		}
	}
	return false
}

// poll is reactor.poll for those that the executor runs. Of several each has a
// poller in that of the executor, which tells whom to look at.
func (x *executor) poll(timeoutMs int) (bool, error) {
	c := &x.crew
	if len(c.here) == 1 {
		r := c.here[0]
		did, err := r.poll(timeoutMs)
		c.polled = r.polled
		return did, err
	}
	n, err := x.poller.Wait(c.events[:], timeoutMs)
	if err != nil {
		return false, err
	}
	c.polled = ticks.Now()
	x.stalls.waits.mark(c.polled)
	for i := range c.events[:n] {
		c.here[c.events[i].Token].called = true
	}
	did := false
	for _, r := range c.here {
		if !r.called && r.acceptAfterMs == 0 && !r.mailed.Load() {
			continue
		}
		r.called = false
		got, err := r.poll(0)
		if err != nil {
			return false, err
		}
		did = did || got
	}
	return did, nil
}

// cycle counts a round of the loop that began at the tick start.
func (x *executor) cycle(start int64) {
	x.counters.cycles++
	x.counters.cycleNanos += ticks.Since(start)
}

// execute drains the rings of the reactors that the executor runs and writes the
// replies, until nothing is left. With pushes it writes what clients get beside
// replies too; in the middle of a look at the poller that waits, for more of it
// may come to the same client.
func (x *executor) execute(pushes bool) {
	for more := true; more; {
		more = false
		for _, r := range x.crew.here {
			r.group = 0
			more = x.drain(r) || more
		}
		x.resumeAll()
		if pushes {
			x.sendPushes()
		}
		if x.ctx.Logging {
			x.flushLog()
		}
		for _, r := range x.crew.here {
			r.fromExec.retry()
			more = r.flush() || more
			more = !r.toExec.retry() || more || r.fromExec.spill.head != nil
		}
	}
}

// runApart is the loop of an executor whose reactors have threads of their own. It
// ends when they were recalled and are back.
func (x *executor) runApart(reactors []*reactor) error {
	var events [1]netpoll.Event
	idle := 0
	for !x.server.stopping.Load() {
		if x.allHome() {
			return x.takeBack(reactors)
		}
		start := ticks.Now()
		x.stalls.waits.mark(start)
		x.tick()
		x.watchDisk()
		did := false
		for _, r := range reactors {
			if x.drain(r) {
				did = true
			}
		}
		x.resumeAll()
		x.sendPushes()
		if x.ctx.Logging {
			x.flushLog()
		}
		for _, r := range reactors {
			r.fromExec.retry()
			r.wakeIfWaiting()
		}
		x.background(did)
		if did || x.backlog {
			x.cycle(start)
			idle = 0
			continue
		}
		if idle++; idle < spinRounds {
			continue
		}
		if err := x.sleep(reactors, events[:]); err != nil {
			return err
		}
		idle = 0
	}
	return nil
}

// sleep parks the executor until a reactor wakes it or a timer is due.
func (x *executor) sleep(reactors []*reactor, events []netpoll.Event) error {
	x.parked.Store(true)
	defer x.parked.Store(false)
	if len(x.pushing) != 0 {
		return nil // of what expired in the slice of background work
	}
	// Who pushed before parked was set may not have seen it.
	for _, r := range reactors {
		if r.toExec.ring.Len() > 0 || r.fromExec.spill.head != nil {
			return nil
		}
	}
	_, err := x.poller.Wait(events, x.timeout())
	return err
}

// wake ends the executor's sleep, if it sleeps. Any thread.
func (x *executor) wake() {
	if x.parked.Load() && x.parked.CompareAndSwap(true, false) {
		x.poller.Wake()
	}
}

// wakeIfWaiting wakes a reactor that sleeps while replies wait for it.
func (r *reactor) wakeIfWaiting() {
	if r.fromExec.ring.Len() > 0 {
		r.wake()
	}
}

// run is what a reactor's thread does: it runs the reactor whenever the executor
// leaves it to it.
func (r *reactor) run() error {
	for range r.turns {
		if err := r.runApart(); err != nil {
			return err
		}
		r.home.Store(true)
		r.server.executor.poller.Wake()
	}
	return nil
}

// runApart is the loop of a reactor on its own thread, until it is recalled.
func (r *reactor) runApart() error {
	for !r.server.stopping.Load() && !r.recalled.Load() {
		start := ticks.Now()
		r.tick(time.Now().UnixMilli())
		did := r.flush()
		timeout := 0
		if !did && len(r.ready) == 0 && r.toExec.retry() {
			timeout = r.park()
		}
		if timeout > 0 {
			r.busy.Add(ticks.Since(start))
		}
		got, err := r.poll(timeout)
		r.parked.Store(false)
		if err != nil {
			return err
		}
		if timeout > 0 {
			start = r.polled
		}
		if r.flush() {
			did = true
		}
		if r.serveReady() || got || did {
			r.toExec.retry()
			r.group = 0
			r.server.executor.wake()
		}
		r.everySecond()
		if got || did || timeout > 0 {
			r.busy.Add(ticks.Since(start))
		}
	}
	return nil
}

// park announces that the reactor is about to sleep and returns for how long
// it may.
func (r *reactor) park() int {
	r.parked.Store(true)
	if r.fromExec.ring.Len() > 0 || r.mailed.Load() || r.server.stopping.Load() || r.recalled.Load() {
		r.parked.Store(false)
		return 0
	}
	if r.acceptAfterMs != 0 {
		return int(min(max(r.acceptAfterMs-r.nowMs, 0), 1000))
	}
	return 1000
}

// everySecond does a reactor's own periodic work.
func (r *reactor) everySecond() {
	if r.nowMs-r.sweptMs >= 1000 {
		r.sweptMs = r.nowMs
		r.showTimes()
		r.recentIn.Store(int64(r.mostIn))
		r.recentOut.Store(int64(r.mostOut))
		r.mostIn, r.mostOut = 0, 0
		r.sweep()
		r.segments.Trim()
		if r.pool.trim() >= burstBatches {
			// Nothing is allocated from here on that would make the Go heap
			// notice what it has to give back.
			go debug.FreeOSMemory()
		}
	}
}

// tick reads the clock.
func (x *executor) tick() {
	now := time.Now().UnixMilli()
	if now < x.nowMs {
		x.cronMs, x.secondMs = now, now
		x.defrag.setBack(x.nowMs - now)
	}
	x.nowMs = now
	x.keys.SetNow(now)
	for _, r := range x.crew.here {
		r.tick(now)
	}
}

// tick takes over a reading of the clock. Where that was set back, what is
// periodic must not wait for the time to come again.
func (r *reactor) tick(nowMs int64) {
	if nowMs < r.nowMs {
		r.sweptMs = nowMs
		r.acceptAfterMs = min(r.acceptAfterMs, nowMs)
	}
	r.nowMs = nowMs
}

// timeout returns how long the executor may sleep, in ms.
func (x *executor) timeout() int {
	if len(x.resuming) != 0 || x.census.making != nil || len(x.pushing) != 0 || x.track.prefixes.Pending() || len(x.waits.ready) != 0 && x.gate&gatePaused == 0 {
		return 0
	}
	due := x.cronMs
	if x.persist.job != nil {
		due = min(due, x.nowMs+1)
	}
	if x.ending.active {
		due = min(due, x.nowMs+drainStepMs)
	}
	if x.defrag.percent != 0 && x.persist.job == nil {
		due = min(due, x.defrag.nextMs)
	}
	for _, r := range x.crew.here {
		if r.mailed.Load() {
			return 0
		}
		if r.acceptAfterMs != 0 {
			due = min(due, r.acceptAfterMs)
		}
	}
	if x.gate&gatePaused == 0 {
		if t, ok := x.keys.NextDeadline(); ok {
			due = min(due, t)
		}
	}
	if h := x.waits.deadlines; len(h) > 0 {
		due = min(due, h[0].deadlineMs)
	}
	return int(max(0, due-x.nowMs))
}

// background runs a slice of what is not commands: expiry, rehash, freeing.
// Under load a slice is followed by commands for some times its length.
func (x *executor) background(busy bool) {
	if x.nowMs >= x.cronMs {
		x.cron()
		for _, r := range x.crew.here {
			r.everySecond()
		}
	}
	x.publishIfWanted()
	if x.ending.active {
		x.drainStep()
	}
	if x.waits.count > 0 {
		x.endWaits()
		x.serveReady(nil)
	}
	if x.persist.loading != nil {
		if err := x.loadStep(loadBudget); err != nil {
			x.server.fail(err)
		}
		x.backlog = true
		return
	}
	start := ticks.Now()
	if busy && start < x.sliceFrom {
		return
	}
	at := start
	more := x.snapshotStep(sliceBudget)
	if x.persist.job != nil {
		at = x.slice(stallSnapshot, at)
	}
	if x.memory.behind && !x.keepsAll() {
		x.evictStep(sliceBudget)
		more = more || x.memory.behind
		at = x.slice(stallEviction, at)
	}
	if x.gate&gatePaused == 0 {
		if t, ok := x.keys.NextDeadline(); ok && t <= x.nowMs {
			more = !x.keys.Expire(sliceBudget) || more
			began := at
			at = x.slice(stallExpiry, began)
			x.counters.expireNanos += ticks.Nanos(at - began)
		}
	}
	if x.rehashing && x.server.config.ActiveRehashing {
		x.rehashing = x.keys.Rehash(rehashSteps)
		more = more || x.rehashing
		at = x.slice(stallRehash, at)
	}
	if x.reclaiming || x.keys.Dying() > 0 {
		x.reclaiming = x.keys.Reclaim(sliceBudget)
		more = more || x.reclaiming
		at = x.slice(stallFree, at)
	}
	if ticks.Nanos(at-start) < int64(sliceBudget)/2 { // it makes work for the others
		x.defragStep(at)
	}
	more = x.trackStep() || more
	more = x.evictClientsStep() || more
	if x.ctx.Logging {
		x.flushLog() // what expired
	}
	x.backlog = more
	took := ticks.Now() - start
	x.sliceFrom = start + took*(1+sliceRest)
}

// rehashSteps is how many buckets are split or merged in one slice: about
// 100 µs when every entry comes from memory.
const rehashSteps = 64

// cron is the periodic work, hz times a second.
func (x *executor) cron() {
	x.cronMs = x.nowMs + 1000/int64(max(1, x.server.config.HZ))
	x.rehashing, x.reclaiming = true, true
	x.muster()
	x.checkPause()
	x.saveCron()
	x.judgeMemory()
	x.judgeGaps()
	x.judgeHealth()
	x.evictClients()
	if x.nowMs-x.secondMs >= calibrateMs {
		start := ticks.Now()
		x.secondMs = x.nowMs
		ticks.Calibrate()
		x.closeIdle()
		if x.ending.deaf && !x.ending.active {
			x.relisten()
		}
		if x.persist.loading != nil {
			x.server.notifyLoading()
		}
		x.sample()
		x.watchGC()
		x.observeSecond()
		x.publish()
		x.slice(stallCron, start)
	}
	if x.server.shutdownRequested.Load() {
		x.server.beginShutdown()
	}
}

// pin locks the calling goroutine to its thread, on the given CPUs if any.
func (s *Server) pin(cpus string) {
	runtime.LockOSThread()
	if cpus == "" {
		return
	}
	list, err := netpoll.ParseCPUList(cpus)
	if err == nil {
		err = netpoll.PinThread(list)
	}
	if err != nil {
		s.log.Warn().Err(err).Str("cpulist", cpus).Msg("pinning a thread")
	}
}
