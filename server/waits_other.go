//go:build !linux

package server

// cpuWaits: only Linux tells how long a thread waited for a processor.
type cpuWaits struct{}

func (w *cpuWaits) mark(int64)     {}
func (w *cpuWaits) in(int64) int64 { return 0 }
func (w *cpuWaits) close()         {}
