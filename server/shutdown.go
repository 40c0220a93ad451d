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

// Shutdown implements command.Host. A server that cannot save goes on when it
// was told to save, unless it was told to end by force. Without SAVE it ends:
// there is nobody who was promised a file.
func (s *Server) Shutdown(o command.ShutdownOptions) error {
	if o.Abort {
		return errNoShutdown
	}
	return s.end(o, "user requested shutdown")
}

func (s *Server) end(o command.ShutdownOptions, why string) error {
	log := s.log.Warn().Bool("save", o.Save).Bool("nosave", o.NoSave).Bool("now", o.Now).Bool("force", o.Force)
	if o.Save && !o.Force {
		log.Msg(why + ": refused, because the data set lives in memory only and cannot be saved")
		return errShutdownFailed
	}
	log.Msg(why)
	s.stop()
	return nil
}

// Signal asks the server to end as the configuration says for SIGINT or
// SIGTERM. A second SIGINT before it has ended ends the process at once. Any
// thread.
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

// beginShutdown is what a signal leads to.
func (s *Server) beginShutdown() {
	s.shutdownRequested.Store(false)
	if s.stopping.Load() {
		return
	}
	why, flags := "received SIGTERM", s.config.ShutdownOnSigterm
	if s.signalled.Load() == int32(syscall.SIGINT) {
		why, flags = "received SIGINT", s.config.ShutdownOnSigint
	}
	err := s.end(command.ShutdownOptions{
		Save:   flags&config.ShutdownSave != 0,
		NoSave: flags&config.ShutdownNoSave != 0,
		Now:    flags&config.ShutdownNow != 0,
		Force:  flags&config.ShutdownForce != 0,
	}, why)
	if err != nil {
		s.signalled.Store(0)
	}
}
