package server

import (
	"bytes"
	"errors"
	"os"
	"strconv"
)

const (
	oomScoreFile = "/proc/self/oom_score_adj"
	oomScoreMax  = 1000
)

// oomScore is what the server did to the kernel's readiness to kill it.
type oomScore struct {
	adjusted bool
	base     int // the score at start
}

// applyOOMScore sets the score of a master, or gives back the one at start.
func (s *Server) applyOOMScore() error {
	cfg, o := s.config, &s.oom
	if cfg.OOMScoreAdj == "no" && !o.adjusted {
		return nil
	}
	if err := s.setOOMScore(); err != nil {
		s.log.Warn().Err(err).Msg("setting the out-of-memory score")
		return errors.New("Failed to apply new oom_score_adj configuration, check server logs.")
	}
	o.adjusted = cfg.OOMScoreAdj != "no"
	return nil
}

func (s *Server) setOOMScore() error {
	cfg, o := s.config, &s.oom
	if !o.adjusted {
		text, err := os.ReadFile(oomScoreFile)
		if err != nil {
			return err
		}
		if o.base, err = strconv.Atoi(string(bytes.TrimSpace(text))); err != nil {
			return err
		}
	}
	score := o.base
	switch cfg.OOMScoreAdj {
	case "yes":
		score += cfg.OOMScoreAdjValues[0]
	case "absolute":
		score = cfg.OOMScoreAdjValues[0]
	}
	score = min(max(score, -oomScoreMax), oomScoreMax)
	return os.WriteFile(oomScoreFile, []byte(strconv.Itoa(score)), 0)
}
