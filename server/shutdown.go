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
	switch x := s.executor; {
	case !o.Abort:
		err := s.end(o, "user requested shutdown")
		if err != nil && !x.ending.active {
			s.notifyGoesOn()
		}
		return err
	case !x.ending.active:
		return errNoShutdown
	default:
		s.log.Warn().Msg("the shutdown was aborted, the server goes on")
		x.cancelDrain()
		return nil
	}
}

// end saves and ends the server. If it cannot save, it goes on.
func (s *Server) end(o command.ShutdownOptions, why string) error {
	s.log.Warn().Bool("save", o.Save).Bool("nosave", o.NoSave).Bool("now", o.Now).Bool("force", o.Force).Msg(why)
	x := s.executor
	if x.persist.job != nil {
		x.abandon(errShuttingDown)
	}
	s.notifyStopping() // a service manager has to wait for the snapshot
	// While it loads, the file has more than there is in memory.
	if !o.NoSave && (o.Save || len(s.config.Save) > 0) && x.persist.loading == nil {
		x.publish() // the last one for as long as this takes
		if err := x.saveNow(); err != nil && !o.Force {
			s.log.Error().Err(err).Str("dir", x.persist.dir).Msg("the data set cannot be saved: the server goes on, for what is in memory would be lost. " +
				"Have the folder written to again and repeat the signal or SHUTDOWN, or end it without: SHUTDOWN NOSAVE, SHUTDOWN FORCE, " +
				"or 'nosave' or 'force' in shutdown-on-sigterm before the signal")
			return errShutdownFailed
		}
	}
	s.stop()
	return nil
}

// Signal asks the server to end as the configuration says for SIGINT or
// SIGTERM. Before it has ended, another signal ends the drain, and SIGINT, of
// somebody who sits there, ends the process at once if it is the second one or
// nothing but a save keeps it; what that has written goes with it. Once the end
// has been refused because nothing can be saved, each signal is a new attempt.
// Any thread.
func (s *Server) Signal(sig os.Signal) {
	n := int32(syscall.SIGTERM)
	if sig == syscall.SIGINT {
		n = int32(syscall.SIGINT)
	}
	before, saving := s.signalled.Swap(n), s.temporary.Load()
	if sig == syscall.SIGINT && (before == n || before != 0 && saving != nil) {
		s.log.Warn().Msg("received another signal, ending at once")
		if saving != nil {
			os.Remove(*saving)
		}
		os.Exit(1)
	}
	s.Stop()
}

// beginShutdown is what a signal leads to. SIGTERM, which service managers send,
// drains the server first if there is time for clients.
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
	if !interrupted && !o.Now && s.config.ShutdownTimeout > 0 && x.persist.loading == nil {
		x.beginDrain(o, why)
		return
	}
	if s.end(o, why) != nil {
		s.signalled.Store(0)
		s.notifyGoesOn()
	}
}
