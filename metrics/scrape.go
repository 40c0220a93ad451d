package metrics

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

// scraper answers /metrics. The text format, which most scrapers ask for, is
// written here, once every freshFor at most however many ask; the binary one, and
// a choice of names, is left to the Prometheus library.
type scraper struct {
	collector *Collector
	process   prometheus.Gatherer // of the Go runtime and of the process
	library   http.Handler
	log       *log.Logger

	plain, zipped reply
	compressor    sync.Pool    // of *gzip.Writer
	scratch       sync.Pool    // of *[]byte
	textBytes     atomic.Int64 // of the last one
}

// reply is what was answered last. Who reads slowly keeps the bytes, which never
// change, and nothing else.
type reply struct {
	mu   sync.Mutex
	made time.Time
	body []byte
}

func newScraper(o Options) *scraper {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s := &scraper{collector: NewCollector(o.Exchange, o.Process), process: process, log: log.New(o.Log, "", 0)}
	ours := prometheus.NewRegistry()
	ours.MustRegister(s.collector)
	s.library = promhttp.HandlerFor(prometheus.Gatherers{ours, process}, promhttp.HandlerOpts{
		ErrorLog: s.log,
		// What one collector cannot tell must not hide the rest.
		ErrorHandling:  promhttp.ContinueOnError,
		CoalesceGather: true,
		// OpenMetrics would append _total to the names of some counters that
		// redis_exporter gave without it, and dashboards ask for those.
		EnableOpenMetrics: false,
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *scraper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	accepted := expfmt.NegotiateAccept(r.Header, expfmt.DefaultAcceptedFormats()...)
	if r.URL.RawQuery != "" || accepted.FormatType() != expfmt.TypeTextPlain {
		// It has a line of log for each request whose encodings it does not know.
		if takesGzip(r.Header) {
			r.Header.Set("Accept-Encoding", "gzip")
		} else {
			r.Header.Del("Accept-Encoding")
		}
		s.library.ServeHTTP(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", string(accepted))
	h.Set("Vary", "Accept, Accept-Encoding")
	var body []byte
	if takesGzip(r.Header) {
		h.Set("Content-Encoding", "gzip")
		body = s.zipped.latest(s.zip)
	} else {
		body = s.plain.latest(s.text)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// latest returns what to answer, made anew if it is older than freshFor. The
// caller must not change it.
func (r *reply) latest(encode func(dst []byte) []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == nil || time.Since(r.made) >= freshFor {
		r.body, r.made = encode(make([]byte, 0, withRoom(len(r.body)))), time.Now()
	}
	return r.body
}

// withRoom is how much to allocate for what took so many bytes the last time: it
// hardly takes more the next time.
func withRoom(bytes int) int { return bytes + bytes/16 }

// text appends the reply in the text format to dst.
func (s *scraper) text(dst []byte) []byte {
	dst = s.collector.text(dst)
	families, err := s.process.Gather()
	if err != nil {
		s.log.Print("gathering metrics of the process: ", err)
	}
	b := bytes.NewBuffer(dst)
	for _, f := range families {
		_, _ = expfmt.MetricFamilyToText(b, f) // a buffer takes everything
	}
	return b.Bytes()
}

// zip appends the same, compressed. The fastest level is a quarter larger than
// the usual one and takes a third of the time.
func (s *scraper) zip(dst []byte) []byte {
	scratch, _ := s.scratch.Get().(*[]byte)
	if scratch == nil {
		room := make([]byte, 0, withRoom(int(s.textBytes.Load())))
		scratch = &room
	}
	text := s.text((*scratch)[:0])
	s.textBytes.Store(int64(len(text)))
	b := bytes.NewBuffer(dst)
	z, _ := s.compressor.Get().(*gzip.Writer)
	if z == nil {
		z, _ = gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	}
	z.Reset(b)
	_, _ = z.Write(text)
	_ = z.Close()
	s.compressor.Put(z)
	*scratch = text
	s.scratch.Put(scratch)
	return b.Bytes()
}

// takesGzip says whether the answer may be compressed.
func takesGzip(h http.Header) bool {
	for _, list := range h["Accept-Encoding"] {
		for one := range strings.SplitSeq(list, ",") {
			name, parameters, _ := strings.Cut(one, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(parameters), "q="), 64)
				return err != nil || q > 0
			}
		}
	}
	return false
}
