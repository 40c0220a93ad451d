// Package load puts work on a server the way applications do: many connections,
// each with a few commands in flight, reads and writes and counters mixed over a
// keyspace larger than any cache, some keys with a deadline. redis-benchmark
// repeats one command over 100,000 keys, which the processor's caches hold; what
// waits for memory shows only here.
package load

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"basalt/bench/client"
)

// Mix says how many of a hundred commands are of each kind. They add up to 100.
type Mix struct {
	Get, Set, Incr int
}

// ReadMostly is what caches see: four reads of five.
var ReadMostly = Mix{Get: 80, Set: 15, Incr: 5}

// Options describe a load.
type Options struct {
	Address   string
	Conns     int     // connections, a goroutine each
	Pipeline  int     // commands in flight on each
	Requests  int     // commands, or transactions, of all connections together
	Keys      int     // size of the keyspace; Fill makes it
	ValueSize int     // bytes of a value
	Mix       Mix     // kinds of commands
	Skew      float64 // 0: every key is as likely; above 1: the exponent of a zipf distribution
	Expiring  int     // of a hundred SETs, how many carry a deadline
	// Transaction is how many commands stand between each MULTI and EXEC, 0 for
	// no transactions. Pipeline counts transactions then.
	Transaction int
	Seed        uint64 // the same seed sends the same commands
}

// Result is what came of a load.
type Result struct {
	Requests int           // replies that came
	Errors   int           // error replies among them
	Elapsed  time.Duration // from the first command to the last reply
}

// Rate is the replies per second.
func (r Result) Rate() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Elapsed.Seconds()
}

func (o Options) validate() error {
	switch {
	case o.Conns < 1 || o.Pipeline < 1 || o.Requests < 1 || o.Keys < 1:
		return fmt.Errorf("load: %d connections, pipeline %d, %d requests, %d keys: each is at least 1",
			o.Conns, o.Pipeline, o.Requests, o.Keys)
	case o.Transaction < 0:
		return fmt.Errorf("load: transactions of %d commands", o.Transaction)
	case o.Mix.Get < 0 || o.Mix.Set < 0 || o.Mix.Incr < 0 || o.Mix.Get+o.Mix.Set+o.Mix.Incr != 100:
		return fmt.Errorf("load: mix %+v does not add up to 100", o.Mix)
	case o.Skew != 0 && o.Skew <= 1:
		return fmt.Errorf("load: skew %v is neither 0 nor above 1", o.Skew)
	}
	return nil
}

// Run sends the load and waits for all replies. All connections are open before
// the clock starts.
func Run(o Options) (Result, error) {
	if err := o.validate(); err != nil {
		return Result{}, err
	}
	workers := make([]*worker, o.Conns)
	for i := range workers {
		conn, err := client.Dial(o.Address)
		if err != nil {
			return Result{}, err
		}
		defer conn.Close()
		workers[i] = newWorker(o, conn, i)
	}
	var wg sync.WaitGroup
	begin := time.Now()
	for _, w := range workers {
		wg.Go(w.run)
	}
	wg.Wait()
	return collect(workers, time.Since(begin))
}

func collect(workers []*worker, elapsed time.Duration) (Result, error) {
	r := Result{Elapsed: elapsed}
	var errs []error
	for _, w := range workers {
		r.Requests += w.done
		r.Errors += w.errors
		errs = append(errs, w.err)
	}
	return r, errors.Join(errs...)
}
