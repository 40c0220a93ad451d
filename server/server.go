// Package server joins the rest: reactors read and parse, the executor runs
// commands on the keyspace, replies go back. With one thread the executor's
// thread runs the reactor too; the code is the same.
package server

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"basalt/command"
	"basalt/config"
	"basalt/db"
	"basalt/db/arena"
	"basalt/netpoll"
	"basalt/pubsub"
	"basalt/resp"
)

// Server is one node. New makes it, Run serves until it is told to stop.
type Server struct {
	config   *config.Config // the executor's; others read the atomics below
	log      zerolog.Logger
	executor *executor
	reactors []*reactor
	started  time.Time
	runID    string
	wrotePid bool

	// connected counts open connections, maxClients bounds them.
	connected, maxClients atomic.Int64
	rejected              atomic.Int64
	needsPassword         atomic.Bool
	protected             atomic.Bool    // protected mode refuses strangers
	refusals              zerolog.Logger // for lines about them, some a second
	trusted               atomic.Pointer[[]netip.Prefix]
	newPerCycle           atomic.Int64 // connections accepted in one go
	newPerSecond          atomic.Int64 // and in a second; 0 is no bound
	acceptRests           atomic.Int64 // times that accepting had to rest for it
	draining              atomic.Bool  // it ends: clients, readiness and the supervisor are told
	refusing              atomic.Bool  // the drain has closed the listeners
	lingering             atomic.Int64 // drained connections that the peers have to close
	health                atomic.Uint32
	beat                  beat
	outputLimits          atomic.Pointer[outputLimits]
	inputLimit            atomic.Pointer[inputLimit]
	outputLimitClosed     atomic.Int64
	queryLimitClosed      atomic.Int64

	// bound is the listeners by what they were configured as; the executor's.
	bound             []bound
	nextReactor       int // of the accepting reactor
	stopping          atomic.Bool
	shutdownRequested atomic.Bool
	signalled         atomic.Int32           // the signal that asks for the shutdown, 0 for none
	temporary         atomic.Pointer[string] // the file that the executor itself is saving to, or nil
	failure           atomic.Pointer[error]
	oom               oomScore
	supervisor        supervisor
	inherited         []*netpoll.Listener // sockets of a service manager
	reporter          *reporter           // nil where no metrics are served
}

// outputLimits is client-output-buffer-limit by class.
type outputLimits struct{ normal, pubsub outputLimit }

// outputLimit is what may wait for a client.
type outputLimit struct {
	hard, soft int
	softMs     int64
}

// inputLimit is what a client may send.
type inputLimit struct {
	maxBulk  int64
	maxQuery int
	probed   bool // overload-target is set
}

// bigThreshold is the longest argument that passes through a segment, in
// bytes: longer ones are read into memory of their own.
const bigThreshold = 32 << 10

// New makes a server from a configuration, which it owns from here on. The
// sockets are open when it returns; an error says which could not be opened.
func New(cfg *config.Config, log zerolog.Logger) (*Server, error) {
	s := &Server{config: cfg, log: log, started: time.Now(), runID: newRunID()}
	s.refusals = log.Sample(&zerolog.BurstSampler{Burst: refusalsLogged, Period: time.Second})
	table, err := newTable(cfg)
	if err != nil {
		return nil, err
	}
	x := &executor{
		server:   s,
		keys:     db.New(cfg.Databases, time.Now().UnixMilli()),
		table:    table,
		stats:    make([]command.RowStats, table.IDs()),
		sessions: newSessions(),
		observer: newObserver(),

		errorCodes: make(map[string]*int64),
	}
	x.publisher.topics = pubsub.New[*session]()
	x.ctx = command.Context{Keys: x.keys, Host: s}
	x.keys.OnExpire = x.ctx.KeyExpired
	x.keys.OnEvict = x.evicted
	x.keys.OnFieldExpire = x.ctx.FieldExpired
	x.initTrack()
	x.tick()
	s.executor = x
	s.applyAll()
	if err := x.openData(); err != nil {
		return nil, err
	}
	threads := max(1, cfg.IOThreads)
	for i := range threads {
		r, err := newReactor(s, i)
		if err != nil {
			return nil, fmt.Errorf("opening a poller: %w", err)
		}
		s.reactors = append(s.reactors, r)
	}
	x.crew.here = s.reactors
	if threads > 1 {
		if x.poller, err = netpoll.OpenPoller(); err != nil {
			return nil, fmt.Errorf("opening a poller: %w", err)
		}
	}
	s.health.Store(uint32(healthLoading))
	s.sign()
	s.findSupervisor()
	if err := s.listen(); err != nil {
		return nil, err
	}
	if err := s.openMetrics(); err != nil {
		return nil, err
	}
	s.writePid()
	x.counters.startupBytes = x.usedMemory()
	x.memory.heapStart = x.memory.goHeap
	return s, nil
}

// Run serves until Stop or SHUTDOWN, or until something fails that a server
// cannot live without.
func (s *Server) Run() error {
	arena.PrepareAhead()
	s.announce()
	s.serveMetrics()
	var wg sync.WaitGroup
	if len(s.reactors) > 1 {
		for _, r := range s.reactors {
			wg.Add(1)
			go func() {
				defer wg.Done()
				s.pin(s.config.ReactorCPUList)
				s.fail(r.run())
			}()
		}
	}
	s.runExecutor()
	for _, r := range s.reactors {
		close(r.turns)
		r.poller.Wake()
	}
	wg.Wait()
	s.beat.saving.Store(true)
	s.executor.closeData()
	s.closeAll()
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *Server) runExecutor() {
	s.pin(s.config.ServerCPUList)
	x := s.executor
	s.beat.thread.Store(currentThread())
	s.sign()
	x.keys.Claim()
	if err := x.beginLoading(); err != nil {
		s.fail(err)
	}
	if x.persist.loading == nil && !s.stopping.Load() {
		s.ready()
	}
	s.fail(x.serve(s.reactors))
}

// fail stops the server because of err, if it is one.
func (s *Server) fail(err error) {
	if err == nil {
		return
	}
	s.failure.CompareAndSwap(nil, &err)
	s.stop()
}

// Stop asks the server to shut down as SIGTERM does. Any thread.
func (s *Server) Stop() {
	s.shutdownRequested.Store(true)
	s.wakeExecutor()
}

func (s *Server) wakeExecutor() {
	if s.executor.poller != nil {
		s.executor.poller.Wake()
		return
	}
	s.reactors[0].poller.Wake()
}

// stop ends all loops.
func (s *Server) stop() {
	s.stopping.Store(true)
	for _, r := range s.reactors {
		r.poller.Wake()
	}
	s.wakeExecutor()
}

// runInline executes what one reactor has parsed so far, where executor and
// reactor share a thread; elsewhere it lets the executor begin.
func (s *Server) runInline(r *reactor) {
	if r.inline {
		s.executor.execute(false)
		return
	}
	r.group = 0
	s.executor.wake()
}

// unpin lets go of memory that a reply was written from. Any thread.
func (s *Server) unpin(token uint64) {
	arena.BlobAt(arena.Ref(token)).Unpin()
}

// AllocBig implements resp.BigAllocator: blobs that the keyspace can adopt.
func (s *Server) AllocBig(n int) ([]byte, uint64) {
	b := arena.NewBlob(n)
	if b == nil {
		return nil, 0
	}
	return b.Bytes(), uint64(b.Ref())
}

// FreeBig implements resp.BigAllocator. Any thread.
func (s *Server) FreeBig(token uint64) { arena.BlobAt(arena.Ref(token)).Discard() }

// refreshLimits takes over the limits of the configuration.
func (r *reactor) refreshLimits() {
	in := r.server.inputLimit.Load()
	if in == r.input {
		return
	}
	r.input = in
	r.limits = resp.Limits{MaxBulk: in.maxBulk, MaxQuery: in.maxQuery, BigThreshold: bigThreshold, Big: r.server}
	r.tight = r.limits
	r.tight.Unauthenticated = true
	if r.probed != in.probed {
		r.probed = in.probed
		r.closeProbe()
		if r.probed {
			r.openProbe()
		}
	}
}
