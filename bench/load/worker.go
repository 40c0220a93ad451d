package load

import (
	"math/rand/v2"
	"strconv"

	"basalt/bench/client"
)

// Deadlines of the keys that have one lie between these, in seconds: far enough
// away that the run ends before the first, spread so that they do not fall into
// one slot of a timer.
const (
	ttlSecondsMin = 600
	ttlSecondsMax = 86400
)

var (
	wordGet  = []byte("GET")
	wordSet  = []byte("SET")
	wordIncr = []byte("INCR")
	wordEX   = []byte("EX")
	wordPX   = []byte("PX")

	wordMulti = []byte("MULTI")
	wordExec  = []byte("EXEC")
)

// worker is one connection of a load.
type worker struct {
	o     Options
	conn  *client.Conn
	rand  *rand.Rand
	pick  func() uint64 // draws the number of a key
	key   []byte
	ttl   []byte
	value []byte

	left   int // commands not sent
	done   int
	errors int
	err    error
}

func newWorker(o Options, conn *client.Conn, index int) *worker {
	w := &worker{
		o: o, conn: conn,
		rand:  rand.New(rand.NewPCG(o.Seed, uint64(index))),
		value: makeValue(o.ValueSize),
		left:  o.Requests / o.Conns,
	}
	if index < o.Requests%o.Conns {
		w.left++
	}
	w.pick = picker(w.rand, o.Keys, o.Skew)
	return w
}

// picker returns a function that draws numbers below keys, all as likely or,
// with a skew, the smaller the likelier.
func picker(r *rand.Rand, keys int, skew float64) func() uint64 {
	if skew == 0 {
		return func() uint64 { return r.Uint64N(uint64(keys)) }
	}
	return rand.NewZipf(r, skew, 1, uint64(keys-1)).Uint64
}

// run sends batches of a pipeline's depth, each when the one before it is
// answered.
func (w *worker) run() {
	for w.left > 0 && w.err == nil {
		batch := min(w.left, w.o.Pipeline)
		for range batch {
			w.queueRequest()
		}
		w.left -= batch
		if w.err = w.conn.Flush(); w.err == nil {
			w.err = w.receive(batch)
		}
	}
}

func (w *worker) receive(count int) error {
	for range count {
		failed := false
		for range w.o.replies() {
			reply, err := w.conn.Receive()
			if err != nil {
				return err
			}
			failed = failed || reply.IsError()
		}
		w.done++
		if failed {
			w.errors++
		}
	}
	return nil
}

// replies is how many a request has.
func (o *Options) replies() int {
	if o.Transaction == 0 {
		return 1
	}
	return o.Transaction + 2
}

// queueRequest draws a request, a command or a transaction of commands.
func (w *worker) queueRequest() {
	if w.o.Transaction == 0 {
		w.queue()
		return
	}
	w.conn.Queue(wordMulti)
	for range w.o.Transaction {
		w.queue()
	}
	w.conn.Queue(wordExec)
}

// queue draws a command. Counters have keys of their own: INCR of a value that
// SET wrote would be an error.
func (w *worker) queue() {
	n := w.pick()
	switch kind := w.rand.IntN(100); {
	case kind < w.o.Mix.Get:
		w.key = AppendKey(w.key[:0], n)
		w.conn.Queue(wordGet, w.key)
	case kind < w.o.Mix.Get+w.o.Mix.Incr:
		w.key = appendNumbered(w.key[:0], "counter:", n)
		w.conn.Queue(wordIncr, w.key)
	default:
		w.key = AppendKey(w.key[:0], n)
		w.queueSet()
	}
}

func (w *worker) queueSet() {
	if w.rand.IntN(100) >= w.o.Expiring {
		w.conn.Queue(wordSet, w.key, w.value)
		return
	}
	seconds := ttlSecondsMin + w.rand.Int64N(ttlSecondsMax-ttlSecondsMin)
	w.ttl = strconv.AppendInt(w.ttl[:0], seconds, 10)
	w.conn.Queue(wordSet, w.key, w.value, wordEX, w.ttl)
}
