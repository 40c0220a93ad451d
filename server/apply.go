package server

import (
	"fmt"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"basalt/command"
	"basalt/config"
	"basalt/db"
)

// ConfigSet implements command.Host.
func (s *Server) ConfigSet(c *command.Client, pairs [][]byte) error {
	list := make([]config.Pair, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, config.Pair{Name: string(pairs[i]), Value: string(pairs[i+1])})
	}
	old := make([]string, len(list))
	for i, p := range list {
		old[i], _ = s.config.Value(p.Name)
	}
	s.executor.settings = nil
	if err := s.config.Set(list, config.Setter{Local: c.IsLocal(), Loading: s.executor.persist.loading != nil}, s.apply); err != nil {
		return err
	}
	s.applyProtected()
	s.executor.judgeDisk() // what stops writes may be among them
	for i, p := range list {
		value, _ := s.config.Value(p.Name)
		p.Name = config.Lookup(p.Name).Name
		if config.IsSensitive([]byte(p.Name)) {
			old[i], value = "(redacted)", "(redacted)"
		}
		s.log.Info().Int64("client", c.ID).Str("addr", c.Addr).Str("name", c.Name).Str("user", c.User).
			Str("directive", p.Name).Str("old", old[i]).Str("new", value).Msg("configuration changed")
	}
	return nil
}

// applyAll takes over the whole configuration at start.
func (s *Server) applyAll() {
	for _, id := range []config.ApplyID{config.ApplyMaxClients, config.ApplyConnections, config.ApplyClientLimits,
		config.ApplyPassword, config.ApplyEncoding, config.ApplyMaxMemory, config.ApplySlowlog, config.ApplyLog, config.ApplyOOMScore,
		config.ApplyNotify, config.ApplyTracking, config.ApplyOverload} {
		// What can fail of these, the limit of descriptors and the kernel's
		// score, is in the log then.
		s.apply(id)
	}
	s.applyProtected()
}

// apply makes a changed directive effective. The new values stand in the
// configuration already; an error gives them up.
func (s *Server) apply(id config.ApplyID) error {
	cfg, x := s.config, s.executor
	switch id {
	case config.ApplyMaxClients:
		return s.applyMaxClients()
	case config.ApplyConnections:
		networks := cfg.ProxyNetworks
		s.trusted.Store(&networks)
		s.newPerCycle.Store(int64(cfg.MaxNewPerCycle))
		s.newPerSecond.Store(int64(cfg.MaxNewPerSecond))
		for _, b := range s.bound {
			if err := b.listener.SetKeepAlive(cfg.TCPKeepAlive); err != nil {
				return err
			}
		}
	case config.ApplyIOThreads:
		x.applyCrew()
	case config.ApplyOverload:
		x.applyOverload()
		return s.apply(config.ApplyClientLimits) // reactors note when commands come
	case config.ApplyClientLimits:
		s.outputLimits.Store(&outputLimits{
			normal: newOutputLimit(&cfg.ClientOutputBufferLimit[config.ClassNormal]),
			pubsub: newOutputLimit(&cfg.ClientOutputBufferLimit[config.ClassPubSub]),
		})
		s.inputLimit.Store(&inputLimit{maxBulk: cfg.ProtoMaxBulkLen, maxQuery: int(cfg.ClientQueryBufferLimit),
			probed: cfg.OverloadTarget > 0})
	case config.ApplyPassword:
		s.needsPassword.Store(cfg.NeedsPassword())
	case config.ApplyMaxMemory:
		x.applyMemory(cfg)
		if m := &x.memory; m.limit > 0 && x.full() {
			s.log.Warn().Int64("maxmemory", m.limit).Int64("used", x.allocated()).
				Msg("maxmemory is less than what is used: keys are evicted, or else commands that need memory are refused")
		}
	case config.ApplyEncoding:
		x.keys.Limits = db.Limits{
			HashEntries: cfg.HashMaxListpackEntries, HashValue: cfg.HashMaxListpackValue,
			ListSize:  cfg.ListMaxListpackSize,
			SetIntset: cfg.SetMaxIntsetEntries, SetEntries: cfg.SetMaxListpackEntries, SetValue: cfg.SetMaxListpackValue,
			ZSetEntries: cfg.ZsetMaxListpackEntries, ZSetValue: cfg.ZsetMaxListpackValue,
			HLLSparse: cfg.HLLSparseMaxBytes, StreamBytes: cfg.StreamNodeMaxBytes, StreamEntries: cfg.StreamNodeMaxEntries,
		}
	case config.ApplySlowlog:
		x.setSlowThreshold()
		x.logs[command.LogSlow].Resize(cfg.SlowlogMaxLen)
		x.logs[command.LogLargeRequest].Resize(cfg.LargeRequestMaxLen)
		x.logs[command.LogLargeReply].Resize(cfg.LargeReplyMaxLen)
		x.applyObserve()
	case config.ApplyLatency:
		x.setSlowThreshold()
	case config.ApplyObserve:
		x.applyObserve()
	case config.ApplyOOMScore:
		return s.applyOOMScore()
	case config.ApplyLog:
		zerolog.SetGlobalLevel(logLevels[cfg.LogLevel])
	case config.ApplyDir:
		return x.changeDir(cfg.Dir)
	case config.ApplySave:
		return x.holdFolders("")
	case config.ApplyAppendOnly:
		return x.applyAppendOnly()
	case config.ApplyAppendSync:
		x.applySync()
	case config.ApplyBind, config.ApplyPort:
		return s.rebind()
	case config.ApplyNotify:
		x.applyNotify()
	case config.ApplyTracking:
		x.applyTracking(cfg)
	case config.ApplyHZ:
		x.cronMs = x.nowMs
	}
	return nil
}

func newOutputLimit(l *config.OutputLimit) outputLimit {
	return outputLimit{hard: int(l.Hard), soft: int(l.Soft), softMs: int64(l.SoftSeconds) * 1000}
}

var logLevels = [...]zerolog.Level{
	config.LogDebug: zerolog.TraceLevel, config.LogVerbose: zerolog.DebugLevel,
	config.LogNotice: zerolog.InfoLevel, config.LogWarning: zerolog.WarnLevel,
	config.LogNothing: zerolog.Disabled,
}

// applyProtected decides whether strangers are refused: protected mode is on
// and nothing else protects the data.
func (s *Server) applyProtected() {
	s.protected.Store(s.config.ProtectedMode && !s.config.NeedsPassword())
}

// reservedFDs is how many descriptors the server wants beside its clients, for
// files, listeners and pollers.
const reservedFDs = 32

// applyMaxClients raises the limit of open files to what maxclients needs. At
// start a lower limit lowers maxclients; later it refuses the change.
func (s *Server) applyMaxClients() error {
	want := uint64(s.config.MaxClients + reservedFDs)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("reading the limit of open files: %w", err)
	}
	if uint64(limit.Cur) < want {
		raised := limit
		setLimit(&raised.Cur, want)
		raised.Max = max(raised.Max, raised.Cur)
		err := unix.Setrlimit(unix.RLIMIT_NOFILE, &raised)
		if err != nil && uint64(limit.Max) > uint64(limit.Cur) {
			limit.Cur = limit.Max
			unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
		}
		if err != nil && uint64(limit.Cur) < want {
			if s.reactors != nil {
				return fmt.Errorf("The operating system is not able to handle the specified number of clients, try with %d",
					int(limit.Cur)-reservedFDs)
			}
			fit := max(1, int(limit.Cur)-reservedFDs)
			s.log.Warn().Int("maxclients", s.config.MaxClients).Int("lowered", fit).
				Msg("the limit of open files is too low for maxclients")
			s.config.MaxClients = fit
		}
	}
	s.maxClients.Store(int64(s.config.MaxClients))
	return nil
}

// setLimit sets a field of a limit, which is signed on some systems.
func setLimit[T int64 | uint64](field *T, n uint64) { *field = T(n) }
