package persist

import "errors"

// A rewrite makes a new base out of the dataset, so that what came before can
// be deleted:
//
//	BeginRewrite   the log goes on in a new incr file, which the manifest names
//	               after the old base and the old incrs: nothing depends on
//	               whether the rewrite succeeds
//	               meanwhile somebody writes Temp, syncs it, renames it to Final
//	CommitRewrite  the manifest names the new base and the new incr; what
//	               they replace becomes history and is deleted
//
// Turning the log on while there is data is the same, but the log goes to a
// temporary file that no manifest names until there is a base for it.
//
// The disk's part is done by the writer, in the order of the calls and of what
// is appended between them. RewriteState tells how far it is.

// Rewrite says where the new base belongs.
type Rewrite struct {
	Temp  string // path to write it to
	Final string // path to rename it to, when it is synced
	base  logFile
	first bool // the log is being turned on
	// number tells rewrites apart: the writer may still be busy with one that
	// was given up when the next begins.
	number int64
}

// rewritePhase is what RewriteState knows.
type rewritePhase int64

const (
	rewriteNone   rewritePhase = iota
	rewriteOpen                // begun; CommitRewrite may have been called
	rewriteFailed              // AOF.rewritten says why; waits for AbortRewrite

	phaseBits = 2
)

// in returns what AOF.rewriting holds while the rewrite is in a phase.
func (r *Rewrite) in(phase rewritePhase) int64 { return r.number<<phaseBits | int64(phase) }

// phase returns what the last rewrite is in.
func (a *AOF) phase() rewritePhase {
	return rewritePhase(a.rewriting.Load() & (1<<phaseBits - 1))
}

// ErrRewriting says that there is a rewrite already.
var ErrRewriting = errors.New("a rewrite of the append only file is in progress")

// BeginRewrite begins a rewrite at this moment of the log: what the dataset
// holds now goes into the base, what is appended from now on into a new file.
// The caller's next record must say which database it is for. rdb says in
// which format the base will be, which its name tells. If the log is off, it is
// turned on.
func (a *AOF) BeginRewrite(rdb bool) (Rewrite, error) {
	if a.phase() != rewriteNone {
		return Rewrite{}, ErrRewriting
	}
	m := a.manifest.Load()
	if !a.on {
		// A log that was turned off may still be busy with a commit.
		if busy := a.rewrite.base.seq; busy > m.baseSeq {
			m = m.clone()
			m.baseSeq = busy
		}
	}
	base := m.nextBase(a.opts.FileName, rdb)
	a.rewrite = Rewrite{Final: a.path(base.name), base: base, first: !a.on, number: a.rewrite.number + 1}
	a.rewrite.Temp = a.tempBase()
	a.rewriting.Store(a.rewrite.in(rewriteOpen))
	if !a.on {
		a.turnOn(&logWriter{path: a.path(tempPrefix + a.opts.FileName + incrSuffix)})
	}
	a.stamped = 0 // each file says when it begins
	a.request(&request{kind: requestBegin, rewrite: a.rewrite})
	return a.rewrite, nil
}

// CommitRewrite makes the new base part of the log. It must be at Final by
// now, synced, and its name too.
func (a *AOF) CommitRewrite() {
	a.request(&request{kind: requestCommit, rewrite: a.rewrite})
}

// AbortRewrite gives a rewrite up, before CommitRewrite or when RewriteState
// has told of a failure. It deletes what there is of the base; whoever makes it
// has stopped. If the rewrite was to turn the log on, it is off again.
func (a *AOF) AbortRewrite() {
	if a.phase() == rewriteNone {
		return
	}
	r := &request{kind: requestAbort, rewrite: a.rewrite}
	if a.rewrite.first {
		a.last(r)
		return
	}
	a.request(r)
	a.rewriting.Store(a.rewrite.in(rewriteNone))
}

// RewriteState says whether a rewrite is running: it is until the commit is on
// the disk. An error says why it failed: it then waits for AbortRewrite.
// OnDurable's function is called when this changes.
func (a *AOF) RewriteState() (running bool, err error) {
	switch a.phase() {
	case rewriteNone:
		return false, nil
	case rewriteFailed:
		return true, *a.rewritten.Load()
	}
	return true, nil
}

// WantsRewrite says whether the log has grown by percentage over what it was
// after the last rewrite, and is larger than minimum bytes. 0 percent is never.
func (a *AOF) WantsRewrite(percentage, minimum int64) bool {
	size := a.Size()
	if percentage <= 0 || !a.on || size <= minimum {
		return false
	}
	base := max(a.BaseSize(), 1)
	return (size-base)*100/base >= percentage
}
