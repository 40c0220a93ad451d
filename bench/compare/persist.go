package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"basalt/bench/client"
	"basalt/bench/load"
	"basalt/bench/prober"
)

// Units of the figures of persistence, by which the chart groups them.
const (
	unitGrowth = "%"
	unitWait   = "ms"
	unitTimes  = "times"
	unitTime   = "s"
	unitSize   = "MB"
	unitRate   = "SET/s"
	unitCPU    = "us/op"
)

const (
	// persistKeyCount is of the data set that is saved and loaded.
	persistKeyCount = 2_000_000
	// savePoll is how often a server is asked whether it has saved.
	savePoll = 10 * time.Millisecond
	// savePatience bounds the wait for it.
	savePatience = 5 * time.Minute
)

// measurePersistence measures what it takes to keep the data set in files.
func measurePersistence(ctx context.Context, o options, p programs, rep *report) error {
	for _, part := range []struct {
		name    string
		rounds  int // 0: as many as of other runs
		prepare func(rep *report) persistRun
	}{
		{name: "persistence: saving under load", rounds: 2, prepare: savingRun},
		{name: "persistence: large collections", rounds: 2, prepare: largeRun},
		{name: "persistence: files", rounds: 3, prepare: filesRun},
		{name: "persistence: append only file", prepare: logRun},
	} {
		if !o.wanted(part.name) {
			continue
		}
		run := part.prepare(rep)
		if err := run.all(ctx, o, p, part.name, part.rounds); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// persistRun is one round of one server.
type persistRun func(ctx context.Context, o options, p programs, s server) error

// all runs the rounds, one with -quick, the servers in turn.
func (run persistRun) all(ctx context.Context, o options, p programs, name string, rounds int) error {
	switch {
	case rounds == 0:
		rounds = o.rounds
	case o.quick:
		rounds = 1
	}
	for round := range rounds {
		for s := range servers {
			if err := ctx.Err(); err != nil {
				return err
			}
			begin := time.Now()
			if err := run(ctx, o, p, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
			progress("%s, round %d: %s, %s", name, round+1, s, time.Since(begin).Round(time.Second/10))
		}
	}
	return nil
}

// fillStrings writes keys of 16 bytes with values of 64 that LZF finds nothing
// in, as it does in most that are so short.
func fillStrings(n *node, count int) error {
	var key, value []byte
	return load.Fill(n.address, count, func(c *client.Conn, i int) {
		key = load.AppendKey(key[:0], uint64(i))
		value = value[:0]
		for x := uint64(i); len(value) < valueSize; {
			x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
			value = strconv.AppendUint(append(value, byte('a'+x>>59)), x, 36)
		}
		c.Queue([]byte("SET"), key, value[:valueSize])
	})
}

// background makes a server save, by the command given, and returns when it has.
func (n *node) background(ctx context.Context, command string) (took time.Duration, err error) {
	begin := time.Now()
	if _, err := n.Do(command); err != nil {
		return 0, err
	}
	err = n.idle(ctx)
	return time.Since(begin), err
}

// idle returns when no file is being written or waits for it. A failure of the
// last one is an error.
func (n *node) idle(ctx context.Context) error {
	for begin := time.Now(); time.Since(begin) < savePatience; {
		info, err := n.Info("persistence")
		if err != nil {
			return err
		}
		if info["rdb_bgsave_in_progress"] == "0" && info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0" {
			if info["rdb_last_bgsave_status"] != "ok" || info["aof_last_bgrewrite_status"] != "ok" {
				return fmt.Errorf("it failed: %v\n%s", info, n.process.Output())
			}
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		time.Sleep(savePoll)
	}
	return errors.New("it does not end saving")
}

// probe opens a prober and calls body with it, in a goroutine of its own that
// ends with it.
func (n *node) probe(body func(p *prober.Prober) error) error {
	done := make(chan error)
	go func() {
		p, err := prober.Open(net.IPv4(127, 0, 0, 1), n.process.Port, n.process.Pid())
		if err == nil {
			defer p.Close()
			err = body(p)
		}
		done <- err
	}()
	return <-done
}

// probeSaving probes a server for the time quiet and then while it saves.
func (n *node) probeSaving(ctx context.Context, command string, quiet time.Duration) (before, during *prober.Series, err error) {
	err = n.probe(func(p *prober.Prober) (err error) {
		if before, err = p.Probe(ctx, quiet, nil); err != nil {
			return err
		}
		saved, ended := make(chan error, 1), make(chan struct{})
		go func() {
			_, err := n.background(ctx, command)
			saved <- err
			close(ended)
		}()
		during, err = p.Probe(ctx, savePatience, ended)
		return errors.Join(err, <-saved)
	})
	return before, during, err
}

func millis(d time.Duration) float64 { return d.Seconds() * 1000 }
