package server

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"

	"basalt/command"
	"basalt/config"
	"basalt/netpoll"
)

// newTable builds the command table with the configured renames.
func newTable(cfg *config.Config) (*command.Table, error) {
	for i := range cfg.Renames {
		// One at a time as well, so that the error names its line.
		list := make([]command.Rename, i+1)
		for k, re := range cfg.Renames[:i+1] {
			list[k] = command.Rename{From: re.From, To: re.To}
		}
		table, err := command.NewTable(list)
		if err != nil {
			return nil, cfg.Renames[i].Origin.Error(err.Error())
		}
		if i == len(cfg.Renames)-1 {
			return table, nil
		}
	}
	return command.NewTable(nil)
}

// newRunID names this run of the process: 40 hexadecimal digits.
func newRunID() string {
	var b [20]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// announce logs that the server serves, and first what it was asked for and
// does not do.
func (s *Server) announce() {
	for _, d := range s.config.Idle() {
		s.warnInert(d)
	}
	for _, name := range s.config.MissingUsers {
		s.log.Error().Str("directive", "user").Str("value", name).Str("why", "there are no users but the default one").Msg(brokenPromise)
	}
	for _, b := range s.bound {
		s.log.Info().Str("listener", b.name).Msg("listening")
	}
}

// ready logs that the data set is there.
func (s *Server) ready() {
	s.log.Info().Int("threads", len(s.reactors)).Int("pid", os.Getpid()).Msg("ready to accept connections")
	s.executor.judgeHealth()
	s.notifyReady()
}

// promises are the directives without effect that somebody relies on who sets
// them: their data is not where they think.
var promises = map[string]bool{"replicaof": true, "cluster-enabled": true, "tls-port": true}

const brokenPromise = "THE SERVER DOES NOT DO WHAT THE CONFIGURATION ASKS FOR"

func (s *Server) warnInert(d *config.Directive) {
	value, _ := s.config.Value(d.Name)
	log, msg := s.log.Warn(), "directive has no effect"
	switch {
	case promises[d.Name]:
		log, msg = s.log.Error(), brokenPromise
	case d.Has(config.Sensitive):
		value = "(redacted)"
	}
	log.Str("directive", d.Name).Str("value", value).Str("why", d.Inert).Msg(msg)
}

// closeAll closes what is open once all loops have ended.
func (s *Server) closeAll() {
	s.closeMetrics()
	s.executor.unlockData()
	s.executor.stalls.waits.close()
	for _, b := range s.bound {
		b.listener.Close()
	}
	for _, r := range s.reactors {
		for _, c := range r.slots {
			if c != nil {
				netpoll.Close(c.fd)
			}
		}
		r.closeProbe()
		r.poller.Close()
	}
	if s.executor.poller != nil {
		s.executor.poller.Close()
	}
	if s.config.PidFile != "" && s.wrotePid {
		os.Remove(s.config.Path(s.config.PidFile))
	}
	s.log.Warn().Msg("bye bye")
}

// writePid writes the pid file, as init systems want it. A failure is worth a
// line in the log and no more.
func (s *Server) writePid() {
	if s.config.PidFile == "" {
		return
	}
	path := s.config.Path(s.config.PidFile)
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		s.log.Warn().Err(err).Msg("writing the pid file")
		return
	}
	s.wrotePid = true
}

// Addr returns where the server listens first, for tests and logs.
func (s *Server) Addr() string {
	if len(s.bound) == 0 {
		return ""
	}
	return fmt.Sprint(s.bound[0].listener.Addr())
}
