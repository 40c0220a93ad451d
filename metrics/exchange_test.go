package metrics

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func publish(e *Exchange, hits int64) {
	s := e.Begin()
	s.Taken = time.Now()
	s.Totals.Hits, s.Totals.Misses = hits, hits
	for range 3 {
		s.Commands = append(s.Commands, Command{Name: "get", Calls: hits})
	}
	e.Publish()
}

func hitsOf(e *Exchange) (hits int64) {
	e.read(func(s *Snapshot) { hits = s.Totals.Hits })
	return hits
}

func TestExchangeHandsOverTheNewest(t *testing.T) {
	e := NewExchange(func() {})
	for i := range int64(10) {
		for range i % 4 {
			publish(e, i)
		}
		if i%4 == 0 {
			publish(e, i)
		}
		for range 2 {
			if got := hitsOf(e); got != i {
				t.Fatalf("read %d, published %d", got, i)
			}
		}
	}
}

// TestReadAsks: a scrape that finds old figures asks for new ones and waits.
func TestReadAsks(t *testing.T) {
	asked := make(chan struct{})
	e := NewExchange(func() { asked <- struct{}{} })
	go func() {
		<-asked
		if !e.Wanted() {
			t.Error("woken for nothing")
		}
		publish(e, 7)
		if e.Wanted() {
			t.Error("still wanted")
		}
	}()
	if got := hitsOf(e); got != 7 {
		t.Fatalf("read %d before what was asked for", got)
	}
	// These are fresh: nobody is asked, or read would block for ever.
	if got := hitsOf(e); got != 7 {
		t.Fatalf("read %d", got)
	}
}

// TestReadDoesNotWaitForLong: an executor that is busy is shown as it was.
func TestReadDoesNotWaitForLong(t *testing.T) {
	e := NewExchange(func() {})
	publish(e, 1)
	time.Sleep(freshFor + time.Millisecond)
	if got := hitsOf(e); got != 1 {
		t.Fatalf("read %d", got)
	}
	// The executor comes round later; what it sends then disturbs nobody.
	publish(e, 2)
	publish(e, 3)
	if got := hitsOf(e); got != 3 {
		t.Fatalf("read %d", got)
	}
}

// TestExchangeUnderConcurrency checks that nobody sees a snapshot in work, and
// that a later read never sees an earlier one.
func TestExchangeUnderConcurrency(t *testing.T) {
	e := NewExchange(func() {})
	var stop atomic.Bool
	var scrapes sync.WaitGroup
	for range 3 {
		scrapes.Go(func() {
			last := int64(0)
			for !stop.Load() {
				e.read(func(s *Snapshot) {
					if s.Totals.Hits < last || s.Totals.Misses != s.Totals.Hits {
						t.Errorf("%+v after %d", s.Totals, last)
					}
					last = s.Totals.Hits
					for i := range s.Commands {
						if s.Commands[i].Calls != last {
							t.Errorf("calls %d in snapshot %d", s.Commands[i].Calls, last)
						}
					}
				})
			}
		})
	}
	for i := int64(1); i <= 50_000; i++ {
		publish(e, i)
	}
	stop.Store(true)
	scrapes.Wait()
}

func TestPublishingAllocatesNothing(t *testing.T) {
	e := NewExchange(func() {})
	for range 3 {
		publish(e, 1) // the lists get their room
	}
	if n := testing.AllocsPerRun(100, func() { publish(e, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
