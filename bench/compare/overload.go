package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"basalt/bench/client"
	"basalt/bench/load"
)

const (
	// overloadConns is the connections of a service with many processes.
	overloadConns = 500
	// overloadTargetMs is the wait that the node is told to keep.
	overloadTargetMs = 20
	// overloadElements makes each command take some 100 to 300 microseconds.
	overloadElements = 400
	// overloadWarmUp is not measured: the queue has to stand first.
	overloadWarmUp = 2 * time.Second
	// adminEvery is how often somebody asks how the node is.
	adminEvery = 10 * time.Millisecond
)

// overloadFactors are the load, against what the node can do.
var overloadFactors = []float64{0.7, 1.5, 2}

// overloadCommands are slow ones with short replies.
var overloadCommands = [][]string{
	{"SORT_RO", "list", "LIMIT", "0", "1"},
	{"ZUNIONSTORE", "out", "2", "one", "two"},
	{"SORT_RO", "list", "DESC", "LIMIT", "0", "1"},
}

// measureOverload offers our server more than it can do, with overload-target and
// without. The reference has nothing of the kind.
func measureOverload(ctx context.Context, o options, p programs, rep *report) error {
	if !o.wanted("overload") {
		return nil
	}
	duration := 10 * time.Second
	if o.quick {
		duration = 4 * time.Second
	}
	n, err := startNode(o, p, ours)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	if err := fillOverload(n); err != nil {
		return err
	}
	capacity, err := overloadCapacity(n)
	if err != nil {
		return err
	}
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "load\ttarget ms\toffered/s\texecuted/s\tthrottled\tp50 ms\tp99\tp99.9\trefusal p99\tadmin p50\tp99\t\n")
	for _, factor := range overloadFactors {
		for _, target := range []int{0, overloadTargetMs} {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress("%-16s x %.1f, target %d ms", "overload", factor, target)
			if _, err := n.Do("CONFIG", "SET", "overload-target", strconv.Itoa(target)); err != nil {
				return err
			}
			r, admin, err := underLoad(n, load.ArrivalOptions{
				Address: n.address, Conns: overloadConns, Rate: factor * capacity, Duration: duration,
				WarmUp: overloadWarmUp, Commands: overloadCommands, Seed: 1,
			})
			if err != nil {
				return err
			}
			if r.Errors > 0 {
				return fmt.Errorf("overload: %d errors", r.Errors)
			}
			fmt.Fprintf(t, "x %.1f\t%d\t%.0f\t%.0f\t%.1f %%\t%s\t%s\t%s\t%s\t%s\t%s\t\n", factor, target, factor*capacity, r.Rate(), 100*r.Throttled(),
				ms(r.Accepted, 0.5), ms(r.Accepted, 0.99), ms(r.Accepted, 0.999), ms(r.Refused, 0.99), ms(admin, 0.5), ms(admin, 0.99))
		}
	}
	t.Flush()
	rep.overload = text.String()
	return nil
}

func ms(times []time.Duration, q float64) string {
	return strconv.FormatFloat(float64(load.Quantile(times, q))/1e6, 'f', 1, 64)
}

func fillOverload(n *node) error {
	push, one, two := []string{"RPUSH", "list"}, []string{"ZADD", "one"}, []string{"ZADD", "two"}
	for i := range overloadElements {
		push = append(push, strconv.Itoa(i*7919%overloadElements))
	}
	for i := range overloadElements / 3 {
		one = append(one, strconv.Itoa(i), "member:"+strconv.Itoa(i))
		two = append(two, strconv.Itoa(i), "member:"+strconv.Itoa(i*2))
	}
	for _, words := range [][]string{push, one, two} {
		if _, err := n.Do(words...); err != nil {
			return err
		}
	}
	return nil
}

// overloadCapacity is how many of the commands the node executes a second when
// the next one is always there.
func overloadCapacity(n *node) (float64, error) {
	const count = 20_000
	queue := func(c *client.Conn, i int) {
		words := overloadCommands[i%len(overloadCommands)]
		args := make([][]byte, len(words))
		for k, word := range words {
			args[k] = []byte(word)
		}
		c.Queue(args...)
	}
	begin := time.Now()
	err := load.Fill(n.address, count, queue)
	return count / time.Since(begin).Seconds(), err
}

// underLoad sends the load, and asks meanwhile as those do who look after a node:
// PING and INFO. It returns how long their answers took, sorted.
func underLoad(n *node, o load.ArrivalOptions) (load.ArrivalResult, []time.Duration, error) {
	done := make(chan struct{})
	answers := make(chan []time.Duration, 1)
	failures := make(chan error, 1)
	go func() {
		times, err := askAdmin(n.address, o.WarmUp, done)
		answers <- times
		failures <- err
	}()
	r, err := load.Arrive(o)
	close(done)
	times := <-answers
	return r, times, errors.Join(err, <-failures)
}

func askAdmin(address string, warmUp time.Duration, done <-chan struct{}) ([]time.Duration, error) {
	c, err := client.Dial(address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var times []time.Duration
	from := time.Now().Add(warmUp)
	tick := time.NewTicker(adminEvery)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-done:
			slices.Sort(times)
			return times, nil
		case <-tick.C:
		}
		words := []string{"PING"}
		if i%2 == 1 {
			words = []string{"INFO", "server"}
		}
		begin := time.Now()
		if _, err := c.Do(words...); err != nil {
			return nil, err
		}
		if begin.After(from) {
			times = append(times, time.Since(begin))
		}
	}
}
