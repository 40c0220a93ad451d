package server

import (
	"basalt/internal/sketch"
	"basalt/metrics"
)

// The least that a key is named for: what faded below was long ago, or is nothing
// to anybody. keyShare is of all calls, or of the time of all of them: with many keys
// that are used alike none of them stands out.
const (
	callsFloor = 0.01 // a second
	busyFloor  = 1e-5
	keyShare   = 0.01
)

// fillKeys copies what the executor knows of keys.
func (x *executor) fillKeys(snap *metrics.Snapshot) {
	o := &x.observer
	n := x.server.config.MetricsKeyLabels
	named := func(to []metrics.KeyFigure, top *sketch.Top, unit, floor float64) []metrics.KeyFigure {
		o.scratch = top.Heaviest(o.scratch[:0], n, true)
		least := top.Total() * keyShare
		for i := range o.scratch {
			k := &o.scratch[i]
			// What is added at a steady rate and fades comes to rest at rate/(1-fade).
			if value := k.Weight * (1 - fade) * unit; value >= floor && k.Weight >= least {
				to = append(to, metrics.KeyFigure{Space: k.Space, Key: string(k.Name), Value: value})
			}
		}
		return to
	}
	snap.HotKeys = named(snap.HotKeys, o.hot, 1, callsFloor)
	snap.CostlyKeys = named(snap.CostlyKeys, o.costly, 1e-9, busyFloor)
	o.big.Each(n, func(space int, name []byte, size int64) {
		snap.BigKeys = append(snap.BigKeys, metrics.KeyFigure{Space: space, Key: string(name), Value: float64(size)})
	})
	for i := range o.prefixes {
		p := &o.prefixes[i]
		snap.Prefixes = append(snap.Prefixes, metrics.Prefix{
			Prefix: p.text, Hits: p.hits, Misses: p.misses, In: p.in, Out: p.out, Evicted: p.evicted,
		})
	}
}
