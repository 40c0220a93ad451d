package server

import (
	"time"

	"golang.org/x/sys/unix"

	"basalt/internal/ticks"
	"basalt/netpoll"
)

// With io-threads above 1 every reactor has a thread, but a thread that hands its
// work to another costs: two wake-ups and two ways of the cache lines, measured
// 13.7 against 4.5 µs of CPU for a request alone and 1.1 against 0.44 at a pipeline
// of 16. So the executor runs the reactors itself until that keeps it busy; then
// it spreads them over their threads, and recalls them when they have little to
// do. Only one thread at a time has a reactor: the executor gives it away through
// its channel, and the reactor's thread says by its flag home that it is back.
const (
	// crewPeriod is over which time it is judged how busy the threads are.
	crewPeriod = 100 * time.Millisecond
	// spreadAbove is the share of a processor that the executor has to take, for
	// spreadPeriods in a row, to spread the reactors.
	spreadAbove   = 0.9
	spreadPeriods = 3
	// recallBelow is the share that it would take, by what a command took when it
	// ran the reactors, to recall them.
	recallBelow   = 0.7
	recallPeriods = 10
)

// crew is who runs the reactors.
type crew struct {
	// here are the reactors that the executor runs: all or none.
	here      []*reactor
	events    []netpoll.Event
	polled    int64 // the tick at which a round of the loop that runs them began
	spreading bool  // the loop that runs them is to end
	recalling bool  // they were told to come back
	periods   int   // that spoke for a change, one after the other

	judged   int64   // the tick at which the last period ended
	busy     float64 // seconds on a processor until then
	executed int     // commands since then
	began    bool    // the period began with a change
	cost     float64 // seconds that a command takes when the executor runs the reactors
}

// serve is the loop of the executor.
func (x *executor) serve(reactors []*reactor) error {
	c := &x.crew
	if len(reactors) == 1 {
		return x.runHere()
	}
	c.events = make([]netpoll.Event, len(reactors)+1) // and one that wakes
	if err := x.takeBack(reactors); err != nil {
		return err
	}
	c.spreading = x.server.config.IOThreadsAlwaysActive
	for !x.server.stopping.Load() {
		if err := x.runHere(); err != nil {
			return err
		}
		if x.server.stopping.Load() {
			break
		}
		if err := x.spread(); err != nil {
			return err
		}
		if err := x.runApart(reactors); err != nil {
			return err
		}
	}
	return nil
}

// spread leaves the reactors to their threads.
func (x *executor) spread() error {
	c := &x.crew
	for _, r := range c.here {
		if err := x.poller.RemovePoller(r.poller); err != nil {
			return err
		}
		r.inline = false
		r.home.Store(false)
		r.turns <- struct{}{}
	}
	c.here, c.spreading, c.periods, c.began = nil, false, 0, true
	x.server.log.Info().Int("threads", len(x.server.reactors)).Msg("reactors have their own threads")
	return nil
}

// recall tells the threads to give the reactors back.
func (x *executor) recall() {
	x.crew.recalling = true
	for _, r := range x.server.reactors {
		r.recalled.Store(true)
		r.poller.Wake()
	}
}

// allHome reports whether reactors that were recalled are all there.
func (x *executor) allHome() bool {
	if !x.crew.recalling {
		return false
	}
	for _, r := range x.server.reactors {
		if !r.home.Load() {
			return false
		}
	}
	return true
}

// takeBack makes the executor run the reactors, whose threads wait.
func (x *executor) takeBack(reactors []*reactor) error {
	c := &x.crew
	for i, r := range reactors {
		r.inline = true
		r.recalled.Store(false)
		if err := x.poller.AddPoller(r.poller, uint64(i)); err != nil {
			return err
		}
	}
	if c.recalling {
		x.server.log.Info().Msg("one thread runs all reactors")
	}
	c.here, c.recalling, c.periods, c.began = reactors, false, 0, true
	x.execute(true) // what their threads have left in the rings: no event tells of it
	return nil
}

// muster decides who is to run the reactors. It is called from cron, and judges
// once a crewPeriod.
func (x *executor) muster() {
	s, c := x.server, &x.crew
	if len(s.reactors) == 1 || c.spreading || c.recalling {
		return
	}
	together := len(c.here) != 0
	if s.config.IOThreadsAlwaysActive {
		c.spreading = together
		return
	}
	now := ticks.Now()
	passed := time.Duration(ticks.Nanos(now - c.judged))
	if passed < crewPeriod {
		return
	}
	// Time on a processor, not that of the clock: a thread that gets none is not
	// helped by more threads.
	process := cpuTimes(unix.RUSAGE_SELF)
	busy := process.sys + process.user
	if together {
		sys, user := threadCPU(process.sys, process.user)
		busy = sys + user
	}
	worked, executed := busy-c.busy, c.executed
	c.judged, c.busy, c.executed = now, busy, 0
	if c.began {
		c.began = false
		return
	}
	if c.judge(together, worked/passed.Seconds(), float64(executed)/passed.Seconds()) {
		if together {
			c.spreading = true
		} else {
			x.recall()
		}
	}
}

// judge decides by a period of threads that took a share of a processor for so many
// commands a second whether who runs the reactors has to change.
func (c *crew) judge(together bool, share, commands float64) bool {
	switch {
	case !together:
		share = min(share, commands*c.cost)
	case commands > 0:
		c.cost = share / commands
	}
	enough := spreadPeriods
	if !together {
		enough = recallPeriods
	}
	if together && share <= spreadAbove || !together && share >= recallBelow {
		c.periods = 0
		return false
	}
	c.periods++
	return c.periods >= enough
}

// applyCrew begins anew with the choice of who runs the reactors.
func (x *executor) applyCrew() {
	c := &x.crew
	if !x.server.config.IOThreadsAlwaysActive && len(x.server.reactors) > 1 && len(c.here) == 0 && !c.recalling {
		x.recall()
	}
}
