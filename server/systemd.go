package server

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// supervisor is the service manager's socket that hears of the state of the
// server; see sd_notify(3). The zero value has nobody to tell.
type supervisor struct{ address string }

// findSupervisor looks for the socket, if the configuration wants it to be told.
func (s *Server) findSupervisor() {
	address := os.Getenv("NOTIFY_SOCKET")
	switch s.config.Supervised {
	case "systemd", "auto":
		s.supervisor.address = address
	}
	switch {
	case s.config.Supervised == "systemd" && address == "":
		s.log.Warn().Msg("supervised systemd: there is no NOTIFY_SOCKET, nobody hears that the server is ready")
	case s.config.Supervised == "upstart":
		s.log.Warn().Msg("supervised upstart: there is no such supervisor any more, nobody is told")
	}
}

// tell sends one state. Nobody waits for it: a manager that does not read is
// broken, and the server goes on without.
func (n supervisor) tell(state string) error {
	if n.address == "" {
		return nil
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	// An address that begins with @ is abstract, which package unix writes alike.
	return unix.Sendto(fd, []byte(state), 0, &unix.SockaddrUnix{Name: n.address})
}

func (s *Server) notify(state string) {
	if err := s.supervisor.tell(state); err != nil {
		s.log.Warn().Err(err).Str("state", state).Msg("telling the service manager")
	}
}

// notifyReady says that clients are served.
func (s *Server) notifyReady() { s.notify("READY=1\nSTATUS=ready to accept connections\n") }

// notifyLoading says what the server does before it is ready, and that it
// needs time for it.
func (s *Server) notifyLoading() {
	s.notify("STATUS=loading the data set\nEXTEND_TIMEOUT_USEC=" + usec(loadGrace) + "\n")
}

// notifyStopping says that the server ends, and for how long that may take; from
// then on it is not ready.
func (s *Server) notifyStopping() {
	if s.draining.Swap(true) {
		return
	}
	grace := time.Duration(s.config.ShutdownTimeout)*time.Second + saveGrace
	s.notify("STOPPING=1\nSTATUS=draining and saving\nEXTEND_TIMEOUT_USEC=" + usec(grace) + "\n")
}

// notifyGoesOn says that it does not end after all.
func (s *Server) notifyGoesOn() {
	if s.draining.Swap(false) {
		s.notifyReady()
	}
}

const (
	// loadGrace is the time that each word about loading asks for; it is said
	// anew every second.
	loadGrace = 30 * time.Second
	// saveGrace is the time for the last snapshot beyond that for the clients.
	saveGrace = 10 * time.Minute
)

func usec(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }
