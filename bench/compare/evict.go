package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"basalt/bench/load"
	"basalt/bench/prober"
)

const (
	// limitMemory is maxmemory of a server that evicts all the time: it holds a
	// few hundred thousand keys, more than the processor's caches do.
	limitMemory = 50 << 20
	// limitKeyCount is the keys that are written to fill it.
	limitKeyCount = 800_000
	// limitKeySpace is what the keys under load are drawn from, so that nearly
	// each SET makes a new one.
	limitKeySpace = 1_000_000_000
	// limitRequests are the SETs of which the processor time is measured; half of
	// them with -quick.
	limitRequests = 1_500_000
	// limitPolicy is that of the waits: one by which the prober's key, which is
	// in use all the time, is not evicted.
	limitPolicy = "allkeys-lfu"
)

// limitPolicies are those whose processor time is measured. The reference does
// not have the last.
var limitPolicies = []string{"allkeys-random", "allkeys-lru", "allkeys-lfu", "allkeys-tinylfu"}

// measureLimit measures what it costs that memory is full: processor time of a SET
// that has to evict, and how long others wait meanwhile.
func measureLimit(ctx context.Context, o options, p programs, rep *report) error {
	const name = "eviction: at the limit"
	if !o.wanted(name) {
		return nil
	}
	run := func(ctx context.Context, o options, p programs, s server) (err error) {
		n, err := startNode(o, p, s, "--maxmemory", strconv.Itoa(limitMemory), "--maxmemory-policy", "allkeys-random")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.stop()) }()
		if err := load.Fill(n.address, limitKeyCount, load.Strings(valueSize, 0)); err != nil {
			return err
		}
		if err := n.timeEvictions(ctx, o, p, &rep.eviction); err != nil {
			return err
		}
		return n.probeEvictions(ctx, o, p, &rep.eviction)
	}
	return persistRun(run).all(ctx, o, p, name, 2)
}

// timeEvictions adds the processor time of a SET by policy.
func (n *node) timeEvictions(ctx context.Context, o options, p programs, to *collected) error {
	requests := limitRequests
	if o.quick {
		requests /= 2
	}
	for _, policy := range limitPolicies {
		if policy == "allkeys-tinylfu" && n.server == reference {
			continue
		}
		if _, err := n.Do("CONFIG", "SET", "maxmemory-policy", policy); err != nil {
			return err
		}
		got, err := measureOnce(ctx, n, workload{
			requests: requests,
			run:      redisBenchmark(p, suitePipeline, requests, "-t", "set", "-r", strconv.Itoa(limitKeySpace)),
		})
		if err != nil {
			return err
		}
		to.add(figure{
			name: "SET that evicts, " + policy, unit: unitCPU, goal: goalSuite, isRate: true,
			label: policy, panel: "Processor time of the server at maxmemory, µs per SET of a new key",
		}, n.server, got.cpuMicros)
	}
	return nil
}

// probeEvictions adds how long a client waits while others write new keys.
func (n *node) probeEvictions(ctx context.Context, o options, p programs, to *collected) error {
	if _, err := n.Do("CONFIG", "SET", "maxmemory-policy", limitPolicy); err != nil {
		return err
	}
	length := 5 * time.Second
	if o.quick {
		length /= 2
	}
	return n.probe(func(pr *prober.Prober) error {
		// Alone at first, for its key to count as used.
		if _, err := pr.Probe(ctx, time.Second/2, nil); err != nil {
			return err
		}
		stop := n.writeForever(ctx, p, limitKeySpace)
		during, err := pr.Probe(ctx, length, nil)
		if err = errors.Join(err, stop()); err != nil {
			return err
		}
		add := func(label string, f figure, waits []time.Duration, q float64) {
			f.name, f.label, f.unit = "evicting: "+label, label, unitWait
			f.panel = "Waits of one client while others write at maxmemory, ms"
			to.add(f, n.server, millis(prober.Quantile(waits, q)))
		}
		add("p99.9", figure{goal: 1, isRate: true}, during.Own, 0.999)
		add("worst", figure{goal: 1, isRate: true}, during.Own, 1)
		add("p99.9, seen", figure{}, during.Seen, 0.999)
		add("worst, seen", figure{}, during.Seen, 1)
		return nil
	})
}
