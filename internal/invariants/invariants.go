// Package invariants holds assertions that are compiled in only with the build
// tag "invariants". A failed assertion is a programmer's error and stops the
// process: nothing recovers it.
package invariants

// Check stops the process with "BUG: msg" when cond is false and invariants
// are enabled. Guard costly conditions with Enabled: arguments are evaluated
// by the caller.
func Check(cond bool, msg string) {
	if Enabled && !cond {
		panic("BUG: " + msg)
	}
}

// Owner remembers the one OS thread that may touch a structure. The zero value
// is owned by nobody yet. It stands in for the race detector, which does not
// see memory that was mapped outside the Go heap.
type Owner struct {
	thread int
}

// Claim makes the calling OS thread the owner. The caller has to be locked to
// its thread (runtime.LockOSThread) for the claim to mean anything.
func (o *Owner) Claim() {
	if Enabled {
		o.thread = threadID()
	}
}

// Release leaves the structure without an owner; the next Claim takes it.
func (o *Owner) Release() {
	if Enabled {
		o.thread = 0
	}
}

// Assert stops the process when another thread than the owner calls. A
// structure that nobody claimed may be touched by anybody.
func (o *Owner) Assert() {
	if Enabled && o.thread != 0 && o.thread != threadID() {
		panic("BUG: structure touched by a thread that does not own it")
	}
}
