package main

import (
	"context"
	"errors"
	"fmt"
)

// logCases are SETs into an append only file.
var logCases = []struct {
	policy            string
	pipeline          int
	requests          int // twice that without -quick
	goalRate, goalCPU float64
}{
	{policy: "always", pipeline: 1, requests: 50_000, goalRate: 1.2},
	{policy: "always", pipeline: suitePipeline, requests: 500_000, goalRate: 1.2},
	{policy: "everysec", pipeline: suitePipeline, requests: 1_000_000, goalCPU: 0.5},
}

// logRun is what the append only file costs, by policy.
func logRun(rep *report) persistRun {
	return func(ctx context.Context, o options, p programs, s server) (err error) {
		n, err := startNode(o, p, s, "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.stop()) }()
		if _, err := n.Do("CONFIG", "SET", "appendfsync", "no"); err != nil {
			return err
		}
		if err := setupStrings(n); err != nil {
			return err
		}
		for _, c := range logCases {
			if _, err := n.Do("CONFIG", "SET", "appendfsync", c.policy); err != nil {
				return err
			}
			requests := c.requests
			if !o.quick {
				requests *= 2
			}
			got, err := measureOnce(ctx, n, workload{
				requests: requests, run: redisBenchmark(p, c.pipeline, requests, "-t", "set"),
			})
			if err != nil {
				return err
			}
			name := fmt.Sprintf("%s, pipeline %d", c.policy, c.pipeline)
			if c.policy == "always" {
				rep.persist.add(figure{name: name, unit: unitRate, more: true, goal: c.goalRate, isRate: true}, s, got.rate)
			}
			rep.persist.add(figure{name: name + ", CPU", unit: unitCPU, goal: c.goalCPU, isRate: true}, s, got.cpuMicros)
		}
		return nil
	}
}
