package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// compressions are ways of writing a dump. The reference knows the first two.
var compressions = []struct {
	name   string
	known  [servers]bool
	config [][]string // pairs
}{
	{"LZF", [servers]bool{true, true}, [][]string{{"rdbcompression", "yes"}}},
	{"plain", [servers]bool{true, true}, [][]string{{"rdbcompression", "no"}}},
	{"zstd", [servers]bool{ours: true}, [][]string{{"rdbcompression", "yes"}, {"rdb-compression-format", "zstd"}}},
}

// filesRun is the time of writing and reading a data set, without any load.
func filesRun(rep *report) persistRun {
	return func(ctx context.Context, o options, p programs, s server) (err error) {
		dir, err := os.MkdirTemp("", "bslt")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		f := files{dir: dir, options: o, programs: p, server: s, rep: rep}
		if err := f.write(ctx); err != nil {
			return err
		}
		for _, c := range compressions {
			if c.known[s] {
				if err := f.load("RDB load, "+c.name, "--dbfilename", c.name+".rdb"); err != nil {
					return err
				}
			}
		}
		return f.load("AOF load", "--appendonly", "yes")
	}
}

// files is a folder that a server writes and loads.
type files struct {
	dir      string
	options  options
	programs programs
	server   server
	rep      *report
}

func (f *files) add(name, unit string, isGoal bool, value float64) {
	x := figure{name: name, unit: unit}
	if isGoal {
		x.goal, x.isRate = 1, true
	}
	f.rep.persist.add(x, f.server, value)
}

// write fills a server that keeps an append only file, and saves a dump in each
// way.
func (f *files) write(ctx context.Context) (err error) {
	n, err := startNodeIn(f.dir, f.options, f.programs, f.server, "--appendonly", "yes", "--appendfsync", "no",
		"--auto-aof-rewrite-percentage", "0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	if err := fillStrings(n, persistKeyCount); err != nil {
		return err
	}
	for _, c := range compressions {
		if !c.known[f.server] {
			continue
		}
		for _, pair := range c.config {
			if _, err := n.Do("CONFIG", "SET", pair[0], pair[1]); err != nil {
				return err
			}
		}
		before, err := cpuTime(n.process.Pid())
		if err != nil {
			return err
		}
		begin := time.Now()
		if _, err := n.Do("SAVE"); err != nil {
			return err
		}
		f.add("SAVE, "+c.name, unitTime, true, time.Since(begin).Seconds())
		if err := f.addCPU("SAVE, "+c.name, n, before); err != nil {
			return err
		}
		took, err := n.background(ctx, "BGSAVE")
		if err != nil {
			return err
		}
		f.add("BGSAVE, "+c.name, unitTime, true, took.Seconds())
		dump := filepath.Join(f.dir, "dump.rdb")
		info, err := os.Stat(dump)
		if err != nil {
			return err
		}
		if err := os.Rename(dump, filepath.Join(f.dir, c.name+".rdb")); err != nil {
			return err
		}
		f.add("dump, "+c.name, unitSize, false, float64(info.Size())/1e6)
	}
	return nil
}

// load adds how long it takes from the start of a server until it answers with
// all keys.
func (f *files) load(name string, args ...string) (err error) {
	begin := time.Now()
	n, err := startNodeIn(f.dir, f.options, f.programs, f.server, args...)
	took := time.Since(begin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	size, err := n.Do("DBSIZE")
	if err != nil {
		return err
	}
	if size.Int() != persistKeyCount {
		return fmt.Errorf("%s: %d keys were loaded", name, size.Int())
	}
	f.add(name, unitTime, true, took.Seconds())
	return f.addCPU(name, n, 0)
}

// addCPU adds what a server has used of the processor since it had used before,
// which other processes disturb less than they do the time.
func (f *files) addCPU(name string, n *node, before time.Duration) error {
	after, err := cpuTime(n.process.Pid())
	f.add(name+", CPU", unitTime, false, (after - before).Seconds())
	return err
}
