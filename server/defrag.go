package server

import (
	"time"

	"basalt/internal/ticks"
)

const (
	// defragRestMs is for how long nothing is moved after a pass over all keys.
	// Where passes do not help, for what lies there does not move, it doubles up to
	// defragRestMax.
	defragRestMs, defragRestMax = 1000, 60_000
)

// defrag is what the executor knows of activedefrag: passes of compaction that
// take a share of its time.
type defrag struct {
	// percent is that share; 0 while nothing has to be moved.
	percent int
	next    int64 // tick from which the next slice may begin
	nextMs  int64
	// gaps is what lay free when the pass began, and least what has to be won
	// for anything to be moved.
	gaps, least     int64
	againMs, restMs int64
	// sinceMs is when gaps became too large, 0 while they are not; totalMs is for
	// how long they were, before.
	sinceMs, totalMs int64
}

// gaps returns what lies free in the slabs of the arena, in bytes and in percent
// of what is used of them.
func (x *executor) gaps() (bytes, percent int64) {
	s := x.keys.Arena().Stats()
	return s.SlabFree, s.SlabFree * 100 / max(1, s.SlabBytes-s.SlabFree)
}

// judgeGaps decides how much of the executor's time goes into closing gaps.
func (x *executor) judgeGaps() {
	d, cfg := &x.defrag, x.server.config
	if !cfg.ActiveDefrag && d.percent == 0 && d.sinceMs == 0 {
		return
	}
	bytes, percent := x.gaps()
	lower, upper := int64(cfg.ActiveDefragThresholdLower), int64(cfg.ActiveDefragThresholdUpper)
	switch wide := cfg.ActiveDefrag && bytes > cfg.ActiveDefragIgnoreBytes && percent >= lower; {
	case wide && d.sinceMs == 0:
		d.sinceMs = x.nowMs
	case !wide && d.sinceMs != 0:
		d.totalMs += x.nowMs - d.sinceMs
		d.sinceMs = 0
	}
	switch {
	case !cfg.ActiveDefrag && x.keys.Compacting():
		x.keys.StopCompacting()
		d.againMs, d.restMs = 0, 0
	case !x.keys.Compacting() && (d.sinceMs == 0 || x.nowMs < d.againMs):
		d.percent = 0
		return
	case !x.keys.Compacting():
		d.gaps, d.least = bytes, bytes/10
	}
	from, to := int64(cfg.ActiveDefragCycleMin), int64(cfg.ActiveDefragCycleMax)
	share := to
	if percent < upper && upper > lower {
		share = from + (to-from)*max(0, percent-lower)/(upper-lower)
	}
	// A pass that has begun does not slow down as it succeeds.
	d.percent = max(d.percent, int(share))
}

// defragStep closes gaps for a slice, if it is time for one.
func (x *executor) defragStep(at int64) {
	d := &x.defrag
	if d.percent == 0 || at < d.next || x.persist.job != nil {
		return
	}
	if x.keys.Compact(sliceBudget, d.least) {
		x.endDefrag()
	}
	now := x.slice(stallDefrag, at)
	rest := (now - at) * int64(100-d.percent) / int64(max(1, d.percent))
	d.next = now + rest
	d.nextMs = x.nowMs + 1 + ticks.Nanos(rest)/int64(time.Millisecond) // not sooner, or it would be waited for awake
}

// endDefrag follows a pass over all keys.
func (x *executor) endDefrag() {
	d := &x.defrag
	d.percent = 0
	if bytes, _ := x.gaps(); bytes > d.gaps*9/10 {
		d.restMs = min(max(defragRestMs, 2*d.restMs), defragRestMax)
	} else {
		d.restMs = defragRestMs
	}
	d.againMs = x.nowMs + d.restMs
}

// time is for how many ms gaps were too large in all, and for how many they
// have been now.
func (d *defrag) time(nowMs int64) (total, current int64) {
	if d.sinceMs != 0 {
		current = nowMs - d.sinceMs
	}
	return d.totalMs + current, current
}

// setBack follows the clock, which was set back by that many ms.
func (d *defrag) setBack(ms int64) {
	d.nextMs -= ms
	d.againMs -= ms
	if d.sinceMs != 0 {
		d.sinceMs -= ms
	}
}
