package server

import (
	"basalt/command"
	"basalt/db"
	"basalt/persist"
)

// serializer is what DUMP and RESTORE need from one call to the next.
type serializer struct {
	dumper   persist.Dumper
	restorer persist.Restorer
}

// Dump implements command.Host.
func (s *Server) Dump(dst []byte, d *db.DB, e *db.Entry) []byte {
	return s.executor.serializer.dumper.Append(dst, d, e, s.config.RDBVersion, s.config.RDBCompression)
}

// Restore implements command.Host.
func (s *Server) Restore(key []byte, hash uint64, payload []byte) (*db.Entry, error) {
	if persist.CheckPayload(payload) != nil {
		return nil, command.ErrRestoreChecksum
	}
	e, err := s.executor.serializer.restorer.Read(s.executor.keys, key, hash, payload)
	if err != nil {
		s.log.Warn().Err(err).Bytes("key", key).Msg("refused a payload of RESTORE")
		return nil, command.ErrRestoreFormat
	}
	return e, nil
}
