package netpoll

import "sync/atomic"

// States of a waker.
const (
	wakeIdle     = iota // the owner runs; it will look at its queues before it sleeps
	wakeSleeping        // the owner is in a blocking wait, or about to enter it
	wakeNotified        // somebody called Wake since the owner last looked
)

// waker coalesces wake-ups. A thread that publishes work stores it first (with
// an atomic: a ring's index) and calls Wake after; the owner comes out of Wait
// and looks at its queues after. Go's atomics have one total order, so either
// the owner sees the work or the waker sees that the owner sleeps.
type waker struct {
	// state is written by the owner (idle, sleeping) and by wakers (notified).
	// It publishes nothing itself; it orders Wake against Wait.
	state atomic.Uint32
}

// notify reports whether the caller has to interrupt the owner's system call.
// At most one caller is told so per sleep, and none while the owner runs: a
// wake-up of a running reactor is one compare-and-swap, of a notified one a load.
func (w *waker) notify() (interrupt bool) {
	for {
		state := w.state.Load()
		if state == wakeNotified {
			return false
		}
		if w.state.CompareAndSwap(state, wakeNotified) {
			return state == wakeSleeping
		}
	}
}

// sleep is called by the owner before it blocks; false means that it must not,
// since it was notified.
func (w *waker) sleep() bool {
	return w.state.CompareAndSwap(wakeIdle, wakeSleeping)
}

// awake is called by the owner after every wait, before it looks at its queues.
// It takes a notification, if there is one.
func (w *waker) awake() {
	if w.state.Load() != wakeIdle {
		w.state.Swap(wakeIdle)
	}
}
