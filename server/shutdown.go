package server

import (
	"errors"
	"os"
	"syscall"

	"basalt/command"
	"basalt/config"
)

var (
	errNoShutdown     = errors.New("No shutdown in progress.")
	errShutdownFailed = errors.New("Errors trying to SHUTDOWN. Check logs.")
)

// Shutdown implements command.Host. A server that has save points, or is told
// to, saves first, and goes on if it cannot, unless it is to end by force.
func (s *Server) Shutdown(o command.ShutdownOptions) error {
	if o.Abort {
		return errNoShutdown
	}
	return s.end(o, "user requested shutdown")
}

func (s *Server) end(o command.ShutdownOptions, why string) error {
	s.log.Warn().Bool("save", o.Save).Bool("nosave", o.NoSave).Bool("now", o.Now).Bool("force", o.Force).Msg(why)
	x := s.executor
	if x.persist.job != nil {
		x.abandon(errShuttingDown)
	}
	// While it loads, the file has more than there is in memory.
	if !o.NoSave && (o.Save || len(s.config.Save) > 0) && x.persist.loading == nil {
		if err := x.saveNow(); err != nil && !o.Force {
			s.log.Error().Msg("the data set cannot be saved: the server goes on")
			return errShutdownFailed
		}
	}
	s.notifyStopping()
	s.stop()
	return nil
}

// Signal asks the server to end as the configuration says for SIGINT or
// SIGTERM. Before it has ended, a second SIGTERM ends the drain, and a second
// SIGINT ends the process at once. Any thread.
func (s *Server) Signal(sig os.Signal) {
	n := int32(syscall.SIGTERM)
	if sig == syscall.SIGINT {
		n = int32(syscall.SIGINT)
	}
	if before := s.signalled.Swap(n); before != 0 && n == int32(syscall.SIGINT) {
		s.log.Warn().Msg("received another signal, ending at once")
		os.Exit(1)
	}
	s.Stop()
}

// beginShutdown is what a signal leads to. SIGTERM, which service managers send,
// drains the server first if there are clients and there is time for them.
func (s *Server) beginShutdown() {
	s.shutdownRequested.Store(false)
	x := s.executor
	if s.stopping.Load() {
		return
	}
	if x.ending.active {
		x.endDrain()
		return
	}
	why, flags := "received SIGTERM", s.config.ShutdownOnSigterm
	interrupted := s.signalled.Load() == int32(syscall.SIGINT)
	if interrupted {
		why, flags = "received SIGINT", s.config.ShutdownOnSigint
	}
	o := command.ShutdownOptions{
		Save:   flags&config.ShutdownSave != 0,
		NoSave: flags&config.ShutdownNoSave != 0,
		Now:    flags&config.ShutdownNow != 0,
		Force:  flags&config.ShutdownForce != 0,
	}
	if !interrupted && !o.Now && s.config.ShutdownTimeout > 0 && s.connected.Load() > 0 && x.persist.loading == nil {
		x.beginDrain(o, why)
		return
	}
	if s.end(o, why) != nil {
		s.signalled.Store(0)
	}
}
