package netpoll

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// BenchmarkStopWorld is how long the world takes to stop while a poller sleeps
// with its processor in hand: about what a signal takes, not what is left of
// the sleep.
func BenchmarkStopWorld(b *testing.B) {
	p, err := OpenPoller()
	if err != nil {
		b.Fatal(err)
	}
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		var events [1]Event
		for !stop.Load() {
			p.warm = true
			if _, err := p.Wait(events[:], 1000); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	var stats runtime.MemStats
	for b.Loop() {
		runtime.ReadMemStats(&stats)
	}
	stop.Store(true)
	<-done
	p.Close()
}
