package server

import (
	"errors"

	"basalt/command"
)

// The methods of command.Host about files, as long as nothing is kept in any.

var errNoFiles = errors.New("nothing is kept in files")

// Save implements command.Host.
func (s *Server) Save() error { return errNoFiles }

// BackgroundSave implements command.Host.
func (s *Server) BackgroundSave(bool) (bool, error) { return false, errNoFiles }

// CancelSave implements command.Host.
func (s *Server) CancelSave() (bool, error) { return false, command.ErrNotSaving }

// LastSave implements command.Host.
func (s *Server) LastSave() int64 { return s.started.Unix() }

// RewriteAOF implements command.Host.
func (s *Server) RewriteAOF() (bool, error) { return false, command.ErrRewriteFails }

// Reload implements command.Host.
func (s *Server) Reload(command.ReloadOptions) error { return errNoFiles }

// LoadAOF implements command.Host.
func (s *Server) LoadAOF() error { return errNoFiles }

// Flushed implements command.Host.
func (s *Server) Flushed() {}
