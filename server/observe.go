package server

import (
	"math"

	"basalt/command"
	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/sketch"
)

const (
	// lookEvery is one in how many commands is looked at, on average: the distance
	// is drawn anew each time, or a pipeline of a regular shape would hide some.
	lookEvery = 256.5
	// topCounters is how many keys each sketch follows; it names a tenth of them
	// at most.
	topCounters = 256
	bigKeys     = 128
	// keysLooked bounds the keys of one command that are looked at.
	keysLooked = 16
	// lookRequest is the bytes of a batch from which its commands are looked at:
	// they may have made a key big.
	lookRequest = 64 << 10
	// halfLifeSeconds is after how long a call of a key counts half.
	halfLifeSeconds = 60
)

// fade is what is left of a weight after a second.
var fade = math.Exp2(-1.0 / halfLifeSeconds)

// observer is what the executor knows of keys: which are used most, which cost
// most, which are the biggest, and what goes to those of a prefix. Only the
// commands that are looked at cost anything.
type observer struct {
	left   int // commands until the next one that is looked at
	weight float64
	random uint32
	// every says that all commands are looked at.
	every bool
	// largeRequest and largeReply are the bytes from which a command is looked at.
	largeRequest, largeReply int

	hot, costly *sketch.Top
	big         *sketch.Largest
	prefixes    []prefix // the longest first
	session     *command.HotKeys
	sessionLeft int64
	refs        []command.KeyRef
	scratch     []sketch.Key
}

func newObserver() observer {
	return observer{random: 1, weight: lookEvery, hot: sketch.New(topCounters), costly: sketch.New(topCounters),
		big: sketch.NewLargest(bigKeys)}
}

// next draws how many commands pass before the next one is looked at.
func (o *observer) next() int {
	if o.every {
		return 0
	}
	o.random ^= o.random << 13
	o.random ^= o.random >> 17
	o.random ^= o.random << 5
	return 128 + int(o.random&255)
}

// focus decides whether all commands have to be looked at.
func (o *observer) focus() {
	o.every = len(o.prefixes) != 0 || o.session != nil && o.session.Active
	o.weight, o.left = lookEvery, 0
	if o.every {
		o.weight = 1
	}
}

// look is called for a command that ran and is sampled, slow or large.
func (x *executor) look(s *session, took int64) {
	o, row, args := &x.observer, x.ctx.Row, x.ctx.Args
	sampled := o.left < 0
	if sampled {
		o.left = o.next()
	}
	replied := x.ctx.ReplySize()
	reply := replied - x.replied
	if took >= x.slowNanos {
		took = x.slow(s, row, args, took, reply)
	}
	request := 0 // that of a small batch concerns nobody
	if o.every || x.meter.bytes >= o.largeRequest {
		request = requestSize(args)
	}
	x.logLarge(s, row, args, request, replied)
	if len(row.Keys) == 0 && row.GetKeys == nil {
		return
	}
	refs, _ := row.AppendKeys(o.refs[:0], args)
	if o.refs = refs[:0]; cap(refs) > refsKept {
		o.refs = nil
	}
	if len(refs) == 0 {
		return
	}
	if o.session != nil {
		x.noteSession(args, refs, took, int64(request+reply))
	}
	if len(o.prefixes) != 0 {
		if p := o.prefixOf(args[refs[0].Index]); p != nil {
			p.in += int64(request)
			p.out += int64(reply)
		}
	}
	x.noteKeys(s, row, args, refs, took, sampled)
}

// noteKeys feeds the sketches. A slow command counts for what it took, others for
// all those that are not looked at.
func (x *executor) noteKeys(s *session, row *command.Row, args [][]byte, refs []command.KeyRef, took int64, sampled bool) {
	o := &x.observer
	share := 1 / float64(len(refs))
	for _, ref := range refs[:min(len(refs), keysLooked)] {
		key := args[ref.Index]
		hash := db.Hash(key)
		if sampled {
			o.hot.Add(hash, s.DB, key, o.weight)
		}
		switch {
		case took >= stallNanos:
			o.costly.Add(hash, s.DB, key, float64(took)*share)
		case sampled:
			o.costly.Add(hash, s.DB, key, float64(took)*share*o.weight)
		}
		if row.Flags&command.Write == 0 {
			continue
		}
		if e := x.keys.DB(s.DB).Entry(key, hash); e != nil {
			if size := int64(e.MemoryUsage()); o.big.Wants(size) {
				o.big.Note(hash, s.DB, key, size)
			}
		}
	}
}

// noteSession feeds the session of HOTKEYS.
func (x *executor) noteSession(args [][]byte, refs []command.KeyRef, took, bytes int64) {
	o := &x.observer
	h := o.session
	if h.Expire(x.nowMs); !h.Active {
		if o.every {
			o.focus()
		}
		return
	}
	o.sessionLeft--
	sampled := o.sessionLeft < 0
	if sampled {
		// On average one in h.Sample, never in step with what clients send.
		o.random ^= o.random << 13
		o.random ^= o.random >> 17
		o.random ^= o.random << 5
		o.sessionLeft = int64(uint64(o.random) * uint64(2*h.Sample-1) >> 32)
	}
	h.Note(args, refs, took, bytes, sampled)
}

// logLarge puts a command into the logs of large requests and replies. As in
// Valkey EXEC itself is in no log, and the reply of one of its commands counts
// together with those before it: that is how a transaction of many small ones
// is found.
func (x *executor) logLarge(s *session, row *command.Row, args [][]byte, request, reply int) {
	cfg := x.server.config
	if row.Flags&command.SkipSlowlog != 0 {
		return
	}
	if t := cfg.LargeRequestBytes; t >= 0 && int64(request) >= max(t, 1) {
		x.logs[command.LogLargeRequest].Add(x.nowMs/1000, int64(request), row.FullName, args, s.Addr, s.Name)
	}
	if t := cfg.LargeReplyBytes; t >= 0 && int64(reply) >= t {
		x.logs[command.LogLargeReply].Add(x.nowMs/1000, int64(reply), row.FullName, args, s.Addr, s.Name)
	}
}

// requestSize is how many bytes a command has on the wire, written as clients
// do.
func requestSize(args [][]byte) int {
	const line = len("*\r\n")
	size := line + decimal.Len(int64(len(args)))
	for _, arg := range args {
		size += line + decimal.Len(int64(len(arg))) + len(arg) + len("\r\n")
	}
	return size
}

// observeSecond lets weights fade and looks at the biggest keys again: they may
// have shrunk, or be gone. It is called about once a second.
func (x *executor) observeSecond() {
	o := &x.observer
	o.hot.Scale(fade)
	o.costly.Scale(fade)
	o.big.Refresh(func(hash uint64, space int, name []byte) int64 {
		if space < x.keys.Count() && len(name) < sketch.NameMax {
			if e := x.keys.DB(space).Entry(name, hash); e != nil {
				return int64(e.MemoryUsage())
			}
		}
		return -1
	})
	if o.session != nil && o.every {
		if o.session.Expire(x.nowMs); !o.session.Active {
			o.focus()
		}
	}
}

// applyObserve takes over what is to be looked at.
func (x *executor) applyObserve() {
	o := &x.observer
	o.largeRequest, o.largeReply = lookRequest, math.MaxInt
	if t := x.server.config.LargeRequestBytes; t >= 0 {
		o.largeRequest = int(min(t, lookRequest))
	}
	if t := x.server.config.LargeReplyBytes; t >= 0 {
		o.largeReply = int(t)
	}
	x.expectLarge(x.meter.bytes)
	x.setPrefixes(x.server.config.MetricsKeyPrefixes)
	o.focus()
}

// HotKeys implements command.Host.
func (s *Server) HotKeys() *command.HotKeys { return s.executor.observer.session }

// SetHotKeys implements command.Host.
func (s *Server) SetHotKeys(h *command.HotKeys) {
	o := &s.executor.observer
	o.session, o.sessionLeft = h, 0
	o.focus()
}
