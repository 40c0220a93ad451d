package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// settle is the pause between what prepares a run and the run: work that a
// server does in the background after a fill is not the run's.
const settle = 200 * time.Millisecond

// sample is what one run of one server gave.
type sample struct {
	throughput
	cpuMicros float64 // processor time of the server per operation
}

// timing is the samples of one workload.
type timing struct {
	workload
	samples [servers][]sample
}

// measureSpeed runs every workload that both servers know.
func measureSpeed(ctx context.Context, o options, p programs, rep *report) (err error) {
	nodes, err := startPair(o, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, nodes.stop()) }()
	for s, n := range nodes {
		rep.versions[s] = n.version()
	}
	for _, w := range workloads(o, p) {
		if !o.wanted(w.name) {
			continue
		}
		ok, err := nodes.know(w.needs)
		if err != nil {
			return err
		}
		if !ok {
			rep.leave(w.name, "not on both servers")
			continue
		}
		t, err := measure(ctx, o, nodes, w)
		if err != nil {
			return fmt.Errorf("%s, pipeline %d: %w", w.name, w.pipeline, err)
		}
		rep.timings = append(rep.timings, t)
	}
	return nil
}

// measure runs a workload on one server and the other, round after round.
func measure(ctx context.Context, o options, nodes pair, w workload) (timing, error) {
	t := timing{workload: w}
	for _, n := range nodes {
		if err := w.setup(n); err != nil {
			return t, fmt.Errorf("%s: %w", n.server, err)
		}
	}
	for range o.rounds {
		for s, n := range nodes {
			if err := ctx.Err(); err != nil {
				return t, err
			}
			got, err := measureOnce(ctx, n, w)
			if err != nil {
				return t, fmt.Errorf("%s: %w", n.server, err)
			}
			t.samples[s] = append(t.samples[s], got)
		}
	}
	progress("%-16s pipeline %-4d cpu %.2f", w.name, w.pipeline, t.cpu().ratio())
	return t, nil
}

// measureOnce is one run. One that was answered with errors measured the wrong
// thing and fails.
func measureOnce(ctx context.Context, n *node, w workload) (sample, error) {
	if w.renew != nil {
		if err := w.renew(n); err != nil {
			return sample{}, err
		}
	}
	time.Sleep(settle)
	errorsBefore, err := n.errorReplies()
	if err != nil {
		return sample{}, err
	}
	cpuBefore, err := cpuTime(n.process.Pid())
	if err != nil {
		return sample{}, err
	}
	client, err := w.run(ctx, n)
	if err != nil {
		return sample{}, err
	}
	cpuAfter, err := cpuTime(n.process.Pid())
	if err != nil {
		return sample{}, err
	}
	errorsAfter, err := n.errorReplies()
	if err != nil {
		return sample{}, err
	}
	if errorsAfter > errorsBefore {
		return sample{}, fmt.Errorf("%d error replies", errorsAfter-errorsBefore)
	}
	micros := float64((cpuAfter - cpuBefore).Nanoseconds()) / 1e3 / float64(w.requests)
	return sample{throughput: client, cpuMicros: micros}, nil
}
