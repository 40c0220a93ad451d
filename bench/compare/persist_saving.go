package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"basalt/bench/prober"
)

// Goals of saving under load.
const (
	goalGrowth     = 10.0 // percent of memory
	goalWaits      = 1.5  // p99.9 against the one without saving
	goalPause      = 1.0  // ms
	goalLargePause = 2.0  // ms, with large collections
)

// savingLoadTime is how long the load runs before anything is measured.
const savingLoadTime = time.Second

// savingRun is what BGSAVE and BGREWRITEAOF cost while every processor is busy
// with SETs: memory, then, in runs of their own because looking at the memory
// makes the server wait, time.
func savingRun(rep *report) persistRun {
	return func(ctx context.Context, o options, p programs, s server) (err error) {
		n, err := startNode(o, p, s, "--auto-aof-rewrite-percentage", "0")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.stop()) }()
		if err := fillStrings(n, persistKeyCount); err != nil {
			return err
		}
		stop := n.writeForever(ctx, p, persistKeyCount)
		defer func() { err = errors.Join(err, stop()) }()
		time.Sleep(savingLoadTime)
		for _, command := range []string{"BGSAVE", "BGREWRITEAOF"} {
			if command == "BGREWRITEAOF" {
				if _, err := n.Do("CONFIG", "SET", "appendonly", "yes"); err != nil {
					return err
				}
				if err := n.idle(ctx); err != nil {
					return err
				}
			}
			if err := n.weighSaving(ctx, command, &rep.persist); err != nil {
				return err
			}
			quiet := 4 * time.Second
			if o.quick {
				quiet /= 2
			}
			before, during, err := n.probeSaving(ctx, command, quiet)
			if err != nil {
				return err
			}
			rep.persist.addWaits(command, s, before, during)
		}
		return nil
	}
}

// addWaits adds what a prober saw before and during command.
func (c *collected) addWaits(command string, s server, before, during *prober.Series) {
	const high = 0.999
	add := func(name string, goal float64, d time.Duration) {
		c.add(figure{name: command + ": " + name, unit: unitWait, goal: goal}, s, millis(d))
	}
	quiet, saving := prober.Quantile(before.Own, high), prober.Quantile(during.Own, high)
	add("p99.9 before", 0, quiet)
	add("p99.9", 0, saving)
	add("worst before", 0, prober.Quantile(before.Own, 1))
	add("worst", goalPause, prober.Quantile(during.Own, 1))
	add("p99.9 before, seen", 0, prober.Quantile(before.Seen, high))
	add("p99.9, seen", 0, prober.Quantile(during.Seen, high))
	add("worst before, seen", 0, prober.Quantile(before.Seen, 1))
	add("worst, seen", 0, prober.Quantile(during.Seen, 1))
	if quiet > 0 {
		c.add(figure{name: command + ": p99.9 to before", unit: unitTimes, goal: goalWaits}, s, float64(saving)/float64(quiet))
	}
	c.add(figure{name: command + ": under load", unit: unitTime}, s, during.Took.Seconds())
}

// writeForever keeps a server busy with SETs of so many keys until stop is called.
func (n *node) writeForever(ctx context.Context, p programs, keys int) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, p.benchmark, "-h", "127.0.0.1", "-p", n.port, "-t", "set", "--csv",
		"-c", strconv.Itoa(clientCount), "-d", strconv.Itoa(valueSize), "-r", strconv.Itoa(keys),
		"-P", strconv.Itoa(suitePipeline), "-n", strconv.Itoa(1e9))
	done := make(chan error, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		if ctx.Err() == nil {
			err = fmt.Errorf("redis-benchmark ended by itself: %w\n%s", err, out)
		} else {
			err = nil
		}
		done <- err
	}()
	return func() error {
		cancel()
		return <-done
	}
}

const (
	// weighTime is how long the memory is watched before a server saves,
	// weighEvery how often it is looked at.
	weighTime  = time.Second
	weighEvery = 20 * time.Millisecond
)

// weighSaving adds by how much the memory of a server and its children grows
// while it saves.
func (n *node) weighSaving(ctx context.Context, command string, c *collected) error {
	ended := make(chan struct{})
	time.AfterFunc(weighTime, func() { close(ended) })
	before, _, err := watchTree(n.process.Pid(), ended)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	saved, ended := make(chan error, 1), make(chan struct{})
	go func() {
		_, err := n.background(ctx, command)
		saved <- err
		close(ended)
	}()
	_, peak, err := watchTree(n.process.Pid(), ended)
	if err = errors.Join(err, <-saved); err != nil {
		return err
	}
	c.add(figure{name: command + ": memory", unit: unitGrowth, goal: goalGrowth}, n.server, 100*(peak/before-1))
	return nil
}

// watchTree returns the mean and the peak of the bytes that a process and its
// children have, until ended is closed.
func watchTree(pid int, ended <-chan struct{}) (mean, peak float64, err error) {
	tick := time.NewTicker(weighEvery)
	defer tick.Stop()
	sum, count := 0.0, 0
	for {
		size, err := treeMemory(pid)
		if err != nil {
			return 0, 0, err
		}
		sum += float64(size)
		count++
		peak = max(peak, float64(size))
		select {
		case <-ended:
			return sum / float64(count), peak, nil
		case <-tick.C:
		}
	}
}
