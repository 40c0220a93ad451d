package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"basalt/bench/client"
	"basalt/bench/load"
)

// weighed is something that is loaded in order to weigh it.
type weighed struct {
	name   string
	count  int
	unit   string
	goal   float64 // bytes of used_memory for each, or the share of the reference's
	isRate bool
	queue  func(c *client.Conn, i int) // of element i
	keys   int                         // that are there afterwards
}

const (
	memoryKeyCount     = 2_000_000
	memoryElementCount = 1_000_000
	memorySmallCount   = 100_000
	memoryTTLSeconds   = 100_000
)

// weights is keys of 16 bytes with 64 bytes of value, of which names and values
// are 80 bytes a key, and the elements of collections: large ones, and hashes of
// five small fields.
var weights = []weighed{
	{name: "key", count: memoryKeyCount, unit: "bytes/key", goal: 104,
		queue: load.Strings(valueSize, 0), keys: memoryKeyCount},
	{name: "key with TTL", count: memoryKeyCount, unit: "bytes/key", goal: 124,
		queue: load.Strings(valueSize, memoryTTLSeconds), keys: memoryKeyCount},
	element("zset member, 16 B", 72, false, "ZADD zset # member:%09d"),
	element("hash field, 15+15 B", 56, false, "HSET hash field:%09d value:%09d"),
	element("set member, 16 B", 36, false, "SADD set member:%09d"),
	element("list element, 14 B", 1, true, "RPUSH list item:%09d"),
	element("stream entry, 14 B", 1, true, "XADD stream * field item:%09d"),
	{name: "hash of 5 fields", count: memorySmallCount, unit: "bytes/key", goal: 130, keys: memorySmallCount,
		queue: each("HSET hash:%09d f1 value f2 12345 f3 value f4 67890 f5 value")},
}

// element is a collection of one million.
func element(name string, goal float64, isRate bool, words string) weighed {
	return weighed{name: name, count: memoryElementCount, unit: "bytes/element", goal: goal, isRate: isRate,
		queue: each(words), keys: 1}
}

// each returns a queue function of a command in which %09d, or another width,
// at the end of a word stands for the number of the element, and the word # for
// a number in no order.
func each(words string) func(c *client.Conn, i int) {
	fields := strings.Fields(words)
	args := make([][]byte, len(fields))
	digits := make([]int, len(fields))
	for k, f := range fields {
		if prefix, format, ok := strings.Cut(f, "%0"); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(format, "d"))
			if err != nil {
				panic("BUG: compare: " + words)
			}
			fields[k], digits[k] = prefix, n
		}
	}
	return func(c *client.Conn, i int) {
		for k, f := range fields {
			switch {
			case f == "#":
				args[k] = strconv.AppendUint(args[k][:0], uint64(uint32(i)*2654435761), 10)
			case digits[k] > 0:
				args[k] = load.AppendNumber(append(args[k][:0], f...), uint64(i), digits[k])
			default:
				args[k] = append(args[k][:0], f...)
			}
		}
		c.Queue(args...)
	}
}

// measureMemory weighs keys and elements.
func measureMemory(ctx context.Context, o options, p programs, rep *report) error {
	for _, x := range weights {
		if !o.wanted("memory, " + x.name) {
			continue
		}
		used := figure{name: x.name + ", used_memory", unit: x.unit, goal: x.goal, isRate: x.isRate}
		rss := figure{name: x.name + ", RSS", unit: x.unit}
		for s := range servers {
			if err := ctx.Err(); err != nil {
				return err
			}
			w, err := weigh(o, p, s, x)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", x.name, s, err)
			}
			used.values[s] = []float64{float64(w.used) / float64(x.count)}
			rss.values[s] = []float64{float64(w.rss) / float64(x.count)}
			progress("%-19s %-13s %.1f bytes", x.name, s, used.median(s))
		}
		rep.figures = append(rep.figures, used, rss)
	}
	return nil
}

// weight is what a server's memory is, or has grown by.
type weight struct{ used, rss int64 }

// weigh loads a server that was just started: one that has been in use holds
// free memory that the new keys would go into.
func weigh(o options, p programs, s server, x weighed) (w weight, err error) {
	n, err := startNode(o, p, s)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	before, err := n.weight()
	if err != nil {
		return w, err
	}
	if err := load.Fill(n.address, x.count, x.queue); err != nil {
		return w, err
	}
	size, err := n.Do("DBSIZE")
	if err != nil {
		return w, err
	}
	if size.Int() != int64(x.keys) {
		return w, fmt.Errorf("%d keys after %d were written", size.Int(), x.keys)
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
