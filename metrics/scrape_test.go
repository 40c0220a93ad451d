package metrics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// busy is a snapshot of a node that has called many commands.
func busy(s *Snapshot) {
	sample(s)
	for i := range 60 {
		c := s.Commands[0]
		c.Name = "command" + strconv.Itoa(i)
		for n := range int64(40) {
			c.Times.Add(n * n * 100)
		}
		s.Commands = append(s.Commands, c)
	}
	s.Commands = s.Commands[2:]
	for i := 2; i < 16; i++ {
		s.Databases = append(s.Databases, Database{Index: i})
	}
}

// discard is a client that reads as fast as it is written to.
type discard struct {
	header http.Header
	bytes  int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { d.bytes += len(p); return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkScrape is what one scrape costs the process beside the executor.
func BenchmarkScrape(b *testing.B) {
	e := NewExchange(func() {})
	busy(e.Begin())
	e.Publish()
	h := newScraper(Options{Exchange: e, Process: sampleProcess, Log: io.Discard})
	for name, header := range map[string][2]string{
		"plain": {}, "gzip": {"Accept-Encoding", "gzip"},
		"protobuf": {"Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"},
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/metrics", nil)
			if header[0] != "" {
				r.Header.Set(header[0], header[1])
			}
			b.ReportAllocs()
			for b.Loop() {
				e.snapshots[e.front].Taken = time.Now()
				h.plain.made, h.zipped.made = time.Time{}, time.Time{}
				w := &discard{header: http.Header{}}
				h.ServeHTTP(w, r)
				b.ReportMetric(float64(w.bytes), "bytes")
			}
		})
	}
	b.Run("gather", func(b *testing.B) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(NewCollector(e, sampleProcess))
		for b.Loop() {
			e.snapshots[e.front].Taken = time.Now()
			registry.Gather()
		}
	})
}
