package server

import (
	"math"
	"time"

	"basalt/config"
	"basalt/db"
	"basalt/internal/ticks"
)

// evictBatch is how many keys are evicted between two looks at the clock.
const evictBatch = 8

// victims translates a policy.
func victims(cfg *config.Config) db.Victims {
	v := db.Victims{Samples: cfg.MaxMemorySamples}
	switch cfg.MaxMemoryPolicy {
	case config.VolatileLRU, config.VolatileLFU:
		v.Volatile = true
	case config.VolatileRandom:
		v.Volatile, v.By = true, db.AtRandom
	case config.VolatileTTL:
		v.Volatile, v.By = true, db.ByDeadline
	case config.AllKeysRandom:
		v.By = db.AtRandom
	}
	return v
}

// accessOf is what entries keep of their use under a policy.
func accessOf(p config.MaxMemoryPolicy) db.Access {
	switch p {
	case config.VolatileLFU, config.AllKeysLFU:
		return db.ByCounter
	case config.AllKeysTinyLFU:
		return db.ByFrequency
	}
	return db.ByClock
}

// evictionBudget is how long eviction may delay a command.
func evictionBudget(tenacity int) time.Duration {
	const step = sliceBudget / 10
	switch {
	case tenacity <= 10:
		return time.Duration(tenacity) * step
	case tenacity < 100:
		return time.Duration(float64(10*step) * math.Pow(1.15, float64(tenacity-10)))
	}
	return math.MaxInt64
}

// makeRoom evicts before a command that may need memory runs. It reports false
// if the command has to be refused: memory is full and nothing may be evicted.
func (x *executor) makeRoom() bool {
	if x.keepsAll() || !x.exceeds() {
		return true
	}
	if !x.memory.evicts {
		return false
	}
	start := ticks.Now()
	ok := x.evictStep(x.memory.budget)
	x.slice(stallEviction, start)
	return ok
}

// keepsAll reports whether the data has to stay as it is, however much there is:
// while it is loaded, for a log is executed on what it says itself, and in a
// pause.
func (x *executor) keepsAll() bool { return x.persist.loading != nil || x.gate&gatePaused != 0 }

// evictStep evicts until there is room, for about budget; background work goes on
// with what is left then. It reports false if there is nothing to evict.
func (x *executor) evictStep(budget time.Duration) bool {
	m := &x.memory
	start := ticks.Now()
	for x.exceeds() {
		// What was evicted last counts once it is freed.
		if x.keys.Dying() > 0 {
			x.keys.Reclaim(max(0, budget-time.Duration(ticks.Since(start))))
		} else {
			for i := 0; i < evictBatch && x.full() && x.keys.Dying() == 0; i++ {
				if !x.keys.Evict(m.victims) {
					m.behind = false
					return x.keys.Dying() > 0
				}
			}
		}
		if time.Duration(ticks.Since(start)) > budget {
			m.behind = true
			return true
		}
	}
	m.behind = false
	return true
}
