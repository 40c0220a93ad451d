package main

import (
	"context"
	"strconv"

	"basalt/bench/client"
	"basalt/bench/load"
)

// runner drives a server with one client program to the end of its requests.
type runner func(ctx context.Context, n *node) (throughput, error)

// workload is a row of the comparison.
type workload struct {
	name     string
	pipeline int
	requests int
	needs    []string            // commands both servers must have
	setup    func(n *node) error // before the first round
	renew    func(n *node) error // before each round; nil: nothing
	run      runner
	goal     float64 // processor time against the reference that we want, 0: none
	heavy    bool    // an operation is so much that it needs a scale of its own
}

// goals of GET and SET by pipeline. Without a pipeline nearly all the time is
// the kernel's, which both pay.
var goals = map[int]float64{1: 0.9, 16: 0.5, 100: 0.33}

// pipelines of GET and SET; the rest of the suite has suitePipeline.
var pipelines = []int{1, 16, 100}

const suitePipeline = 16

// goalTransaction is that of a transaction of ten commands sent at once.
const goalTransaction = 0.5

// requestCount makes a run last a second or two, less with -quick: long enough
// that its begin and end do not count and that a processor time clock which
// ticks in hundredths of a second, the worst there is, is exact to a few percent.
func requestCount(o options, pipeline int) int {
	full := map[int]int{1: 200_000, 16: 1_500_000, 100: 3_000_000}[pipeline]
	if o.quick {
		return full / 3
	}
	return full
}

// workloads lists the rows in the order they are run.
func workloads(o options, p programs) []workload {
	var all []workload
	for _, pipeline := range pipelines {
		for _, test := range []string{"SET", "GET"} {
			requests := requestCount(o, pipeline)
			all = append(all, workload{
				name: test, pipeline: pipeline, requests: requests, needs: []string{test},
				setup: setupStrings, goal: goals[pipeline],
				run: redisBenchmark(p, pipeline, requests, "-t", test),
			})
		}
	}
	for _, t := range suite {
		all = append(all, t.workload(o, p))
	}
	if p.memtier != "" {
		for _, pipeline := range []int{1, suitePipeline} {
			requests := requestCount(o, pipeline)
			all = append(all, workload{
				name: "memtier 1:10", pipeline: pipeline, requests: requests, needs: []string{"SET", "GET"},
				setup: setupStrings, run: memtier(p, pipeline, requests),
			})
		}
	}
	all = append(all, publishes(o)...)
	return append(all, transactions(o), mixed(o, "mixed, uniform", 0), mixed(o, "mixed, zipf", 1.01))
}

// setupStrings empties the server and writes every key that GET and SET draw
// from, so that the first round does what the others do.
func setupStrings(n *node) error {
	if err := empty(n); err != nil {
		return err
	}
	return load.Fill(n.address, keyCount, load.Strings(valueSize, 0))
}

func empty(n *node) error {
	_, err := n.Do("FLUSHALL")
	return err
}

// mixedKeyCount is a keyspace that no cache holds.
const mixedKeyCount = 2_000_000

// mixed is the row of our own load generator. Two of them share a keyspace:
// who finds it there goes on with it.
func mixed(o options, name string, skew float64) workload {
	requests := requestCount(o, suitePipeline)
	return workload{
		name: name, pipeline: suitePipeline, requests: requests, needs: []string{"GET", "SET", "INCR"},
		setup: func(n *node) error {
			size, err := n.Do("DBSIZE")
			if err != nil || size.Int() >= mixedKeyCount {
				return err
			}
			if err := empty(n); err != nil {
				return err
			}
			return load.Fill(n.address, mixedKeyCount, load.Strings(valueSize, 0))
		},
		run: func(_ context.Context, n *node) (throughput, error) {
			r, err := load.Run(load.Options{
				Address: n.address, Conns: clientCount, Pipeline: suitePipeline, Requests: requests,
				Keys: mixedKeyCount, ValueSize: valueSize, Mix: load.ReadMostly, Skew: skew,
				Expiring: 10, Seed: 1,
			})
			return throughput{rate: r.Rate()}, err
		},
	}
}

// transactionCommands is how many commands a transaction has.
const transactionCommands = 10

// transactions counts a transaction, sent at once, as one operation.
func transactions(o options) workload {
	requests := requestCount(o, 1)
	return workload{
		name: "MULTI/EXEC of 10", pipeline: 1, requests: requests, needs: []string{"MULTI", "EXEC"},
		setup: setupStrings, goal: goalTransaction, heavy: true,
		run: func(_ context.Context, n *node) (throughput, error) {
			r, err := load.Run(load.Options{
				Address: n.address, Conns: clientCount, Pipeline: 1, Requests: requests, Keys: keyCount,
				ValueSize: valueSize, Mix: load.ReadMostly, Transaction: transactionCommands, Seed: 1,
			})
			return throughput{rate: r.Rate()}, err
		},
	}
}

// numbered returns a queue function for load.Fill that puts a number of its own
// behind the last word of each command.
func numbered(words ...string) func(c *client.Conn, i int) {
	args := make([][]byte, len(words))
	for i, word := range words {
		args[i] = []byte(word)
	}
	last := args[len(args)-1]
	return func(c *client.Conn, i int) {
		args[len(args)-1] = strconv.AppendInt(last[:len(last):len(last)], int64(i), 10)
		c.Queue(args...)
	}
}
