package persist

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"basalt/db"
	"basalt/ringbuf"
)

// ChildOptions is how a child runs; the zero value is good for a server.
type ChildOptions struct {
	// Ring is the size of the ring in bytes, a power of two; 0 is 2 MiB.
	Ring int
	// Spill is how much the executor keeps in its own memory, in bytes, before it
	// waits for a full ring; 0 is 8 MiB, below 0 nothing.
	Spill int
	// WaitMax is how long the executor waits for a child that makes no progress
	// before it gives it up; 0 is three seconds.
	WaitMax time.Duration
	// Stall is how long a child may do nothing while there is something to do,
	// which Poll watches; 0 is a minute. Syncing the finished file may take ten
	// times as long.
	Stall time.Duration
	// NoExec runs the job in a goroutine of this process.
	NoExec bool
	// Nice is added to the niceness of the child, CPUs is those that it may run
	// on, all if empty.
	Nice int
	CPUs []int
	// Log is told what an operator may want to know, from any goroutine.
	Log func(string)

	// program is what is started, for tests; empty is this one.
	program string
}

const (
	ringDefault  = 2 << 20
	spillDefault = 8 << 20
	waitDefault  = 3 * time.Second
	stallDefault = time.Minute
	// syncPatience is how many times as long the end of a job may take.
	syncPatience = 10
)

func (o *ChildOptions) defaults() {
	if o.Ring == 0 {
		o.Ring = ringDefault
	}
	if o.Spill == 0 {
		o.Spill = spillDefault
	}
	if o.WaitMax == 0 {
		o.WaitMax = waitDefault
	}
	if o.Stall == 0 {
		o.Stall = stallDefault
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
}

// Child makes the file of a job: a process that runs the same program, or a
// goroutine where there cannot be one. Its methods are for the executor.
type Child struct {
	job  Job
	opts ChildOptions
	ring *ringbuf.Shared
	sink *ringSink

	process atomic.Pointer[os.Process]
	pid     atomic.Int64
	result  atomic.Pointer[outcome]
	gone    chan struct{} // closed when nothing of it is left
	// unwanted says that the file is not wanted any more.
	unwanted atomic.Bool
	// users counts who may still touch the ring: the executor and the goroutine
	// that looks after the child.
	users atomic.Int32

	done  bool
	err   error
	stats Stats
	// moved is when the child was seen to make progress last, progress what that
	// was told by.
	moved    time.Time
	progress [4]uint64
}

// outcome is how a job ended.
type outcome struct {
	stats Stats
	err   error
}

// StartChild begins to make the file of a job and returns at once; the process
// is started meanwhile. What its Sink is told is written; see Poll for the end. An
// error says that there is no memory or no descriptor for the ring.
func StartChild(job Job, opts ChildOptions) (*Child, error) {
	opts.defaults()
	c := &Child{job: job, opts: opts, moved: time.Now(), gone: make(chan struct{})}
	var err error
	if !childAllowed.Load() {
		c.opts.NoExec = true
	}
	if !c.opts.NoExec {
		if c.ring, err = ringbuf.NewShared(opts.Ring); err != nil {
			opts.Log(err.Error() + "; saving in this process")
			c.opts.NoExec = true
		}
	}
	if c.opts.NoExec {
		if c.ring, err = ringbuf.NewLocal(opts.Ring); err != nil {
			return nil, err
		}
	}
	c.sink = newRingSink(c.ring, opts.Spill, opts.WaitMax)
	c.sink.plain = !job.Access
	c.users.Store(2)
	go c.look()
	return c, nil
}

// Sink returns where the snapshot goes. It takes everything, whatever becomes of
// the child.
func (c *Child) Sink() db.Sink { return c.sink }

// Crowded reports whether the child is so far behind that the executor, which
// has to tell it of what changes, may soon have to wait for it. If commands that
// write wait instead, others need not.
func (c *Child) Crowded() bool { return c.sink.crowded }

// Failed reports whether the child is lost, so that nothing that the sink is
// told matters any more; Poll says why.
func (c *Child) Failed() bool {
	return c.sink.err != nil || c.sink.gone.Load() && !c.done && c.failedResult()
}

func (c *Child) failedResult() bool {
	r := c.result.Load()
	return r != nil && r.err != nil
}

// Poll looks after the child, without waiting; it wants to be called some times
// a second. done says that it has ended: the file is in its place and synced, or
// err says why not, and everything of it is removed. Until then stats are those
// so far.
func (c *Child) Poll() (done bool, stats Stats, err error) {
	if c.done {
		return true, c.stats, c.err
	}
	if r := c.result.Load(); r != nil {
		// What the sink gave up for says more than how the child was ended for it.
		err := r.err
		if c.sink.err != nil && c.sink.err != errGone {
			err = c.lost(c.sink.err)
		}
		c.end(r.stats, err)
		return true, c.stats, c.err
	}
	if c.sink.err == nil {
		c.sink.unspill()
		if c.sink.ended {
			c.ring.Flush()
		}
	}
	c.stats = Stats{
		Keys: int64(c.ring.Reported(reportKeys)), Bytes: int64(c.ring.Reported(reportBytes)),
		Pid: int(c.pid.Load()), Ended: c.sink.ended,
	}
	if stalled := c.stalled(); stalled || c.sink.err == ErrStalled {
		c.kill()
		c.end(c.stats, c.lost(ErrStalled))
	}
	return c.done, c.stats, c.err
}

func (c *Child) lost(err error) error {
	if pid := c.pid.Load(); pid != 0 {
		return fmt.Errorf("child process %d: %w", pid, err)
	}
	return err
}

// stalled looks whether the child has done nothing for too long although it has
// something to do.
func (c *Child) stalled() bool {
	now := [4]uint64{c.ring.Passed(), c.ring.Reported(reportKeys), c.ring.Reported(reportBytes), c.ring.Reported(reportSteps)}
	idle := c.ring.Filled() == 0
	if now != c.progress || idle && !c.sink.ended {
		c.progress, c.moved = now, time.Now()
		return false
	}
	limit := c.opts.Stall
	if idle {
		limit *= syncPatience
	}
	return time.Since(c.moved) > limit
}

// Abort ends the child: the file is not wanted any more. Where it has ended
// already nothing changes.
func (c *Child) Abort() {
	if c.done {
		return
	}
	c.kill()
	c.end(c.stats, c.lost(errAborted))
}

// kill ends the process, or has the goroutine end. The goroutine that looks
// after it removes what it has written, once it cannot write more.
func (c *Child) kill() {
	c.unwanted.Store(true)
	c.ring.Abort()
	if p := c.process.Load(); p != nil {
		_ = p.Kill() // it may have ended by itself
	}
}

// end is the last that the executor has to do with the ring.
func (c *Child) end(stats Stats, err error) {
	c.done, c.stats, c.err = true, stats, err
	c.sink.giveUp(errGone)
	c.leave()
}

func (c *Child) leave() {
	if c.users.Add(-1) == 0 {
		go c.ring.Close() // giving back megabytes takes the better part of a millisecond
	}
}

// look runs the job in a process, or here, and keeps the result for Poll.
func (c *Child) look() {
	stats, err := c.work()
	if err == nil && c.unwanted.Load() {
		err = errAborted
	}
	if err != nil {
		_ = os.Remove(c.job.Temp) // what a killed child leaves
	}
	c.result.Store(&outcome{stats, err})
	c.sink.gone.Store(true)
	c.ring.WakeProducer()
	c.leave()
	close(c.gone)
}

// Gone is closed when the process has ended, and what it wrote in vain is removed.
func (c *Child) Gone() <-chan struct{} { return c.gone }

func (c *Child) work() (Stats, error) {
	if !c.opts.NoExec {
		stats, err := c.exec()
		if !errors.Is(err, errNoExec) {
			return stats, err
		}
		c.opts.Log(err.Error() + "; saving in this process")
	}
	if c.unwanted.Load() {
		return Stats{}, errAborted
	}
	return c.local()
}
