//go:build !linux

package server

// oomScore: only Linux lets a process say how readily it is killed.
type oomScore struct{}

func (s *Server) applyOOMScore() error { return nil }
