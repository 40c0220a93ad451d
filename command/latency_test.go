package command

import (
	"strings"
	"testing"
)

func TestLatencyMonitor(t *testing.T) {
	var l LatencyMonitor
	if l.Reset("command") || len(l.names()) != 0 {
		t.Error("an empty monitor has events")
	}
	l.Add("command", 100, 5)
	l.Add("command", 100, 3) // one second counts once, its worst
	l.Add("command", 101, 7)
	l.Add("command", 101, 9)
	l.Add("fast-command", 102, 1)
	e := l.events["command"]
	if len(e.samples) != 2 || e.samples[0] != (latencySample{100, 5}) || e.samples[1] != (latencySample{101, 9}) || e.worst != 9 {
		t.Errorf("%+v", e)
	}
	if got := strings.Join(l.names(), " "); got != "command fast-command" {
		t.Error(got)
	}
	for s := range int64(1000) {
		l.Add("command", 1000+s, s)
	}
	e = l.events["command"]
	if len(e.samples) != latencySamples || e.samples[0].unixS != 1000+1000-latencySamples || e.worst != 999 {
		t.Errorf("%d samples from %d, worst %d", len(e.samples), e.samples[0].unixS, e.worst)
	}
	if !l.Reset("command") || l.Reset("command") || len(l.names()) != 1 {
		t.Error("an event was not reset once")
	}
}

// TestLatencyGraph: twelve heights, three a row. A script compares the picture
// of one spike with redis-server's.
func TestLatencyGraph(t *testing.T) {
	for _, c := range []struct {
		name    string
		samples []latencySample
		want    string
	}{
		{"one", []latencySample{{990, 50}}, " \n \n \n_\n \n1\n0\ns\n"},
		{"newer than the round", []latencySample{{1003, 50}}, " \n \n \n_\n \n0\ns\n"},
		{"steps", []latencySample{{940, 10}, {950, 40}, {960, 70}, {970, 100}, {980, 130}, {985, 20}, {999, 85}},
			"   _#  \n  _|| o\n _||| |\n_||||o|\n       \n1543211\nm00005s\n sssss \n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			low, high := c.samples[0].millis, c.samples[0].millis
			for _, s := range c.samples {
				low, high = min(low, s.millis), max(high, s.millis)
			}
			var g strings.Builder
			drawColumns(&g, c.samples, low, high)
			drawAges(&g, c.samples, 1000)
			if g.String() != c.want {
				t.Errorf("got\n%s\n%q", g.String(), g.String())
			}
		})
	}
}

func TestAge(t *testing.T) {
	for seconds, want := range map[int64]string{0: "0s", 59: "59s", 60: "1m", 3599: "59m", 3600: "1h", 86399: "23h", 86400: "1d", 1e6: "11d"} {
		if got := age(seconds); got != want {
			t.Errorf("%d s: %s, want %s", seconds, got, want)
		}
	}
}
