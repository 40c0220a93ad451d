package command

import "basalt/db"

// Wait is what a client of a blocking command waits for. Its command is run
// again, from its start and with the same arguments, whenever a key that it
// waits for may serve it: a handler tries, and calls Block when there is
// nothing.
type Wait struct {
	// Type is the type that a key has to have to serve the client.
	Type db.Type
	// Keys are views of arguments; the host copies them.
	Keys [][]byte
	// From is where each stream was read from when the wait began, for "$" means
	// that still when the command is run again: Context.From then.
	From []db.StreamID
	// DeadlineMs is the Unix time at which the wait ends, 0 for never. It
	// counts when the wait begins, not when the command runs again.
	DeadlineMs int64
	// NullArray makes the reply to a wait that ended without result the null
	// array; else it is the null bulk.
	NullArray bool
	// Missing says that a key which goes away, or gets another type, concerns
	// the client too.
	Missing bool
}

// Block makes the client wait for w instead of replying. Where nobody may wait
// it replies as at the end of the time. The handler returns at once.
func (c *Context) Block(w *Wait) {
	if c.NoBlock {
		c.replyNothing(w)
		return
	}
	c.Host.Block(w)
}

// replyNothing is the reply to a wait without result.
func (c *Context) replyNothing(w *Wait) {
	if w.NullArray {
		c.W.NullArray()
	} else {
		c.W.Null()
	}
}

// parseTimeout reads the argument i, a time-out in seconds with fractions or
// whole milliseconds if ms is set, as a deadline for Wait; otherwise it
// replies what is wrong with it.
func (c *Context) parseTimeout(i int, ms bool) (deadlineMs int64, ok bool) {
	var left int64
	if ms {
		n, ok := parseInt(c.Args[i])
		if !ok {
			c.Error(errTimeout)
			return 0, false
		}
		left = n
	} else {
		seconds, ok := c.float(i, errTimeoutFloat)
		if !ok {
			return 0, false
		}
		// Part of a millisecond waits for a whole one.
		if seconds *= 1000; seconds >= 1<<63 || seconds < -1<<63 {
			c.Error(errTimeoutRange)
			return 0, false
		}
		left = int64(seconds)
		if float64(left) < seconds {
			left++
		}
	}
	switch {
	case left < 0:
		c.Error(errTimeoutNegative)
		return 0, false
	case left == 0:
		return 0, true
	case left > 1<<63-1-c.Keys.Now():
		c.Error(errTimeoutRange)
		return 0, false
	}
	return c.Keys.Now() + left, true
}
