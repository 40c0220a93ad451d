package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"basalt/bench/client"
	"basalt/bench/load"
	"basalt/bench/prober"
)

// largeSaved are the collections that change while they are saved: how they are
// filled and what changes them. %09d is the number of an element, # a number in
// no order.
var largeSaved = []struct {
	fill   string
	change []string
}{
	{"ZADD zset # member:%09d", []string{"ZINCRBY zset 7 member:%09d"}},
	{"HSET hash field:%09d value:%09d", []string{"HSET hash field:%09d other:%09d"}},
	{"SADD set member:%09d", []string{"SREM set member:%09d", "SADD set member:%09d"}},
	{"RPUSH list item:%09d", []string{"LMOVE list list LEFT RIGHT"}},
}

// largeWriters is the connections that change the collections, largeBatch how
// many changes of each one of them has in flight.
const (
	largeWriters = 4
	largeBatch   = 8
)

// largeRun is what a client waits while collections of a million elements are
// written and saved.
func largeRun(rep *report) persistRun {
	return func(ctx context.Context, o options, p programs, s server) (err error) {
		count := largeCount
		if o.quick {
			count /= 4
		}
		n, err := startNode(o, p, s)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.stop()) }()
		for _, x := range largeSaved {
			if err := load.Fill(n.address, count, each(x.fill)); err != nil {
				return err
			}
		}
		stop := n.changeForever(ctx, count)
		before, during, err := n.probeSaving(ctx, "BGSAVE", time.Second)
		if err = errors.Join(err, stop()); err != nil {
			return err
		}
		c := &rep.persist
		for _, x := range []struct {
			name string
			goal float64
			wait time.Duration
		}{
			{"large, p99.9 before", 0, prober.Quantile(before.Own, 0.999)},
			{"large, p99.9", 0, prober.Quantile(during.Own, 0.999)},
			{"large, worst before", 0, prober.Quantile(before.Own, 1)},
			{"large, worst", goalLargePause, prober.Quantile(during.Own, 1)},
			{"large, worst, seen", 0, prober.Quantile(during.Seen, 1)},
		} {
			c.add(figure{name: "BGSAVE: " + x.name, unit: unitWait, goal: x.goal}, s, millis(x.wait))
		}
		return nil
	}
}

// changeForever changes elements until stop is called. Every member is drawn in
// an order of its own.
func (n *node) changeForever(ctx context.Context, count int) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, largeWriters)
	for w := range largeWriters {
		go func() { done <- n.changeUntil(ctx, count, w) }()
	}
	return func() error {
		cancel()
		var errs []error
		for range largeWriters {
			errs = append(errs, <-done)
		}
		return errors.Join(errs...)
	}
}

func (n *node) changeUntil(ctx context.Context, count, writer int) error {
	c, err := client.Dial(n.address)
	if err != nil {
		return err
	}
	defer c.Close()
	var queues []func(c *client.Conn, i int)
	for _, x := range largeSaved {
		for _, words := range x.change {
			queues = append(queues, each(words))
		}
	}
	for i := writer; ctx.Err() == nil; {
		for range largeBatch {
			i = (i + largeStep) % count
			for _, queue := range queues {
				queue(c, i)
			}
		}
		if err := c.Flush(); err != nil {
			return err
		}
		for c.Pending() > 0 {
			reply, err := c.Receive()
			if err != nil {
				return err
			}
			if reply.IsError() {
				return errors.New(strings.TrimSpace(string(reply.Str)))
			}
		}
	}
	return nil
}

// largeStep leads through all elements, each far from the one before.
const largeStep = 382_003
