//go:build !linux

package persist

// writeOut implements file.
func (f *osFile) writeOut(_, _ int64) error { return f.Sync() }
