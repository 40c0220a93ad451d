package load

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"basalt/resp"
)

// ArrivalOptions describe commands that come at a rate of their own, whether or
// not those before them are answered: what the users of a service do. A
// generator that waits for replies sends less as soon as the server is slow, and
// never sees a queue.
type ArrivalOptions struct {
	Address  string
	Conns    int     // connections, used in turn
	Rate     float64 // commands a second; they come at random
	Duration time.Duration
	WarmUp   time.Duration // what comes first and is not counted
	Commands [][]string    // sent in turn
	Seed     uint64
}

// ArrivalResult is what came of them.
type ArrivalResult struct {
	// Accepted is how long those took that were executed, from when they were
	// sent to their replies, and Refused the same of those that were throttled;
	// sorted.
	Accepted, Refused []time.Duration
	Errors            int           // other error replies
	Elapsed           time.Duration // until the last reply, without the warm-up
}

// Rate is the executed commands per second.
func (r *ArrivalResult) Rate() float64 { return float64(len(r.Accepted)) / r.Elapsed.Seconds() }

// Throttled is the share of the commands that were refused.
func (r *ArrivalResult) Throttled() float64 {
	return float64(len(r.Refused)) / float64(max(1, len(r.Refused)+len(r.Accepted)))
}

// Quantile is a quantile of sorted times, 0 of none.
func Quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// arrival is a connection and the times at which what it has to answer was sent.
type arrival struct {
	conn net.Conn
	due  chan time.Time
	from time.Time // what was sent before does not count
	got  ArrivalResult
	last time.Time
	err  error
}

// dueMax is how many commands one connection may have unanswered: more than come
// to it in a run.
const dueMax = 1 << 16

// Arrive sends the commands and waits for the last reply.
func Arrive(o ArrivalOptions) (ArrivalResult, error) {
	if o.Conns < 1 || o.Rate <= 0 || len(o.Commands) == 0 {
		return ArrivalResult{}, fmt.Errorf("load: %d connections, %v commands a second of %d kinds", o.Conns, o.Rate, len(o.Commands))
	}
	conns := make([]*arrival, o.Conns)
	for i := range conns {
		conn, err := net.DialTimeout("tcp", o.Address, audiencePatience)
		if err != nil {
			return ArrivalResult{}, err
		}
		defer conn.Close()
		conns[i] = &arrival{conn: conn, due: make(chan time.Time, dueMax)}
	}
	from := time.Now().Add(o.WarmUp)
	var readers sync.WaitGroup
	for _, a := range conns {
		a.from = from
		readers.Go(a.read)
	}
	failed := o.send(conns, from.Add(o.Duration))
	for _, a := range conns {
		close(a.due)
	}
	readers.Wait()
	r := ArrivalResult{}
	errs := []error{failed}
	for _, a := range conns {
		r.Accepted = append(r.Accepted, a.got.Accepted...)
		r.Refused = append(r.Refused, a.got.Refused...)
		r.Errors += a.got.Errors
		r.Elapsed = max(r.Elapsed, a.last.Sub(from))
		errs = append(errs, a.err)
	}
	slices.Sort(r.Accepted)
	slices.Sort(r.Refused)
	return r, errors.Join(errs...)
}

// send sends each command when it is due, with all that are overdue. The times
// between two are exponential, as those of users who know nothing of each other.
func (o *ArrivalOptions) send(conns []*arrival, end time.Time) error {
	random := rand.New(rand.NewPCG(o.Seed, 0))
	requests := make([][]byte, len(o.Commands))
	for i, words := range o.Commands {
		args := make([][]byte, len(words))
		for k, word := range words {
			args[k] = []byte(word)
		}
		requests[i] = resp.AppendCommand(nil, args...)
	}
	due := time.Now()
	for i := 0; due.Before(end); i++ {
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		a := conns[i%len(conns)]
		// From here on: that the generator was late is not the server's fault.
		a.due <- time.Now()
		if _, err := a.conn.Write(requests[i%len(requests)]); err != nil {
			return err
		}
		due = due.Add(time.Duration(random.ExpFloat64() / o.Rate * float64(time.Second)))
	}
	return nil
}

// read reads the replies until all that were sent are answered.
func (a *arrival) read() {
	in := resp.NewReader(a.conn)
	var reply resp.Value
	for due := range a.due {
		if a.err != nil {
			continue // the sender must not wait for it
		}
		if a.err = in.Read(&reply); a.err != nil {
			continue
		}
		a.last = time.Now()
		switch took := a.last.Sub(due); {
		case due.Before(a.from):
		case !reply.IsError():
			a.got.Accepted = append(a.got.Accepted, took)
		case strings.HasPrefix(string(reply.Str), "THROTTLED"):
			a.got.Refused = append(a.got.Refused, took)
		default:
			a.got.Errors++
		}
	}
}
