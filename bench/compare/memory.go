package main

import (
	"context"
	"errors"
	"fmt"

	"basalt/bench/load"
)

// What is loaded to weigh a key: 16 bytes of name, valueSize of value.
const (
	memoryKeyCount   = 2_000_000
	memoryTTLSeconds = 100_000
)

// Goals in bytes of used_memory per key; name and value are 80 of them.
const (
	goalKeyBytes         = 104
	goalExpiringKeyBytes = 124
)

// measureMemory weighs a key without and with a deadline.
func measureMemory(ctx context.Context, o options, p programs, rep *report) error {
	if !o.wanted("memory") {
		return nil
	}
	for _, kind := range []struct {
		name       string
		ttlSeconds int
		goal       float64
	}{
		{"key", 0, goalKeyBytes},
		{"key with TTL", memoryTTLSeconds, goalExpiringKeyBytes},
	} {
		used := figure{name: kind.name + ", used_memory", unit: "bytes/key", goal: kind.goal}
		rss := figure{name: kind.name + ", RSS", unit: "bytes/key"}
		for s := range servers {
			if err := ctx.Err(); err != nil {
				return err
			}
			w, err := weigh(o, p, s, kind.ttlSeconds)
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
			used.values[s] = []float64{float64(w.used) / memoryKeyCount}
			rss.values[s] = []float64{float64(w.rss) / memoryKeyCount}
			progress("%-16s %-13s %.1f bytes", kind.name, s, used.median(s))
		}
		rep.figures = append(rep.figures, used, rss)
	}
	return nil
}

// weight is what a server's memory is, or has grown by.
type weight struct{ used, rss int64 }

// weigh loads a server that was just started: one that has been in use holds
// free memory that the new keys would go into.
func weigh(o options, p programs, s server, ttlSeconds int) (w weight, err error) {
	n, err := startNode(o, p, s)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	before, err := n.weight()
	if err != nil {
		return w, err
	}
	if err := load.Fill(n.address, memoryKeyCount, load.Strings(valueSize, ttlSeconds)); err != nil {
		return w, err
	}
	size, err := n.Do("DBSIZE")
	if err != nil {
		return w, err
	}
	if size.Int() != memoryKeyCount {
		return w, fmt.Errorf("%d keys after %d were written", size.Int(), memoryKeyCount)
	}
	after, err := n.weight()
	return weight{after.used - before.used, after.rss - before.rss}, err
}

func (n *node) weight() (w weight, err error) {
	if w.used, err = n.InfoInt("memory", "used_memory"); err != nil {
		return w, err
	}
	w.rss, err = resident(n.process.Pid())
	return w, err
}
