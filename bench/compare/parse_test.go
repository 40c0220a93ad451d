package main

import (
	"errors"
	"os"
	"testing"
	"time"

	"basalt/test/harness"
)

func TestParseRedisBenchmark(t *testing.T) {
	const header = `"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"` + "\n"
	for name, c := range map[string]struct {
		text string
		want throughput
	}{
		"of 6.2 and later": {
			header + `"SET","57142.86","0.374","0.088","0.295","0.847","1.511","9.127"` + "\n",
			throughput{rate: 57142.86, p99Ms: 1.511},
		},
		"of a title with a comma": {
			header + `"EVAL a,b","10.5","0.374","0.088","0.295","0.847","2","9.127"` + "\n",
			throughput{rate: 10.5, p99Ms: 2},
		},
		"without a header": {`"SET","57142.86"` + "\n", throughput{rate: 57142.86}},
		"nothing":          {"", throughput{}},
		"a header alone":   {header, throughput{}},
		"two tests":        {`"SET","1.0"` + "\n" + `"GET","1.0"` + "\n", throughput{}},
		"no rate":          {`"SET","inf rps"` + "\n", throughput{}},
		"a message":        {"Could not connect to Redis at 127.0.0.1:1: Connection refused\n", throughput{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseRedisBenchmark([]byte(c.text))
			if got != c.want || (err == nil) != (c.want.rate > 0) {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
		})
	}
}

func TestParseMemtier(t *testing.T) {
	const sample = `
ALL STATS
============================================================================================================================
Type         Ops/sec     Hits/sec   Misses/sec    Avg. Latency     p50 Latency     p99 Latency   p99.9 Latency       KB/sec
----------------------------------------------------------------------------------------------------------------------------
Sets         9090.91          ---          ---         0.40000         0.39900         0.80700         1.51900       992.83
Gets        90909.09     90909.09         0.00         0.40000         0.39900         0.79900         1.51900      9437.33
Waits           0.00          ---          ---             ---             ---             ---             ---          ---
Totals     100000.00     90909.09         0.00         0.40000         0.39900         0.80100         1.51900     10430.16
`
	got, err := parseMemtier([]byte(sample))
	if want := (throughput{rate: 100000, p99Ms: 0.801}); got != want || err != nil {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, text := range []string{"", "Totals 1 2 3\n", "Type Ops/sec\nTotals ---\n"} {
		if got, err := parseMemtier([]byte(text)); err == nil {
			t.Errorf("%q gave %+v", text, got)
		}
	}
}

func TestParseCPUTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0:00.03":    30 * time.Millisecond,
		"00:00:07":   7 * time.Second,
		"12:34.50":   12*time.Minute + 34*time.Second + 500*time.Millisecond,
		"01:02:03":   time.Hour + 2*time.Minute + 3*time.Second,
		"2-01:00:05": 49*time.Hour + 5*time.Second,
	} {
		if got, err := parseCPUTime(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "1:x", "-1:00", "1:2:3:4"} {
		if got, err := parseCPUTime(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestCPUTimesAgree reads the exact clock, where there is one, and what the
// kernel tells in text. The text is read between two readings of the clock and
// lags by what it is rounded to, and by a tick.
func TestCPUTimesAgree(t *testing.T) {
	before, err := exactCPUTime(os.Getpid())
	if errors.Is(err, errors.ErrUnsupported) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := harness.CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	after, err := exactCPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const rounding = 50 * time.Millisecond
	if text < before-rounding || text > after+rounding {
		t.Errorf("the process has used %v, then %v in text, then %v", before, text, after)
	}
}

// TestOwnProcess reads this process, which has memory and comes to have used
// the processor.
func TestOwnProcess(t *testing.T) {
	first, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for used := first; used <= first; {
		if used, err = cpuTime(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if size, err := resident(os.Getpid()); err != nil || size < 1<<20 {
		t.Errorf("this process has %d bytes resident, %v", size, err)
	}
}
