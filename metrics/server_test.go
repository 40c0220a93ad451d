package metrics

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func options(t *testing.T) Options {
	t.Helper()
	e := NewExchange(func() {})
	sample(e.Begin())
	e.Publish()
	return Options{Bind: "127.0.0.1", Exchange: e, Process: sampleProcess, Log: io.Discard}
}

func ask(t *testing.T, h http.Handler, method, target, body string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func content(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRequests(t *testing.T) {
	h := newHandler(options(t))
	for _, c := range []struct {
		method, target, body string
		status               int
		contains             string
	}{
		{"GET", "/metrics", "", 200, "\nredis_db_keys{db=\"db0\"} 40\n"},
		{"GET", "/metrics", "", 200, "\nprocess_start_time_seconds "},
		{"GET", "/metrics", "", 200, "\ngo_goroutines "},
		{"GET", "/metrics?name[]=redis_up", "", 200, "\nredis_up 1\n"},
		{"HEAD", "/metrics", "", 200, ""},
		{"POST", "/metrics", "", 405, ""},
		{"DELETE", "/metrics", "", 405, ""},
		{"GET", "/metrics", "x", 413, "no body"},
		{"POST", "/healthz", strings.Repeat("x", 1<<20), 413, "no body"},
		{"GET", "/healthz", "", 200, "ok\n"},
		{"HEAD", "/healthz", "", 200, ""},
		{"PUT", "/healthz", "", 405, ""},
		{"GET", "/", "", 200, "<title>Basalt</title>"},
		{"HEAD", "/", "", 200, ""},
		{"POST", "/", "", 405, ""},
		{"GET", "/", "x", 413, "no body"},
		{"GET", "/live.json", "", 200, `"keys":40,`},
		{"HEAD", "/live.json", "", 200, ""},
		{"PUT", "/live.json", "", 405, ""},
		{"POST", "/live.json", "{}", 413, "no body"},
		{"GET", "/live.json/", "", 404, ""},
		{"GET", "/page.html", "", 404, ""},
		{"GET", "/favicon.ico", "", 404, ""},
		{"GET", "/debug/pprof/", "", 404, ""},
	} {
		r := ask(t, h, c.method, c.target, c.body)
		text := content(t, r.Body)
		if r.StatusCode != c.status || !strings.Contains(text, c.contains) {
			t.Errorf("%s %s: %d %.200q, want %d %q", c.method, c.target, r.StatusCode, text, c.status, c.contains)
		}
		if r.StatusCode == 405 && r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", c.method, c.target, r.Header.Get("Allow"))
		}
	}
}

func TestCompression(t *testing.T) {
	r := ask(t, newHandler(options(t)), "GET", "/metrics", "", "Accept-Encoding", "gzip")
	if r.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(content(t, z), "redis_up 1\n") {
		t.Error("no redis_up")
	}
}

// TestNamesSurviveNegotiation: a scraper that knows OpenMetrics gets the same
// names.
func TestNamesSurviveNegotiation(t *testing.T) {
	r := ask(t, newHandler(options(t)), "GET", "/metrics", "", "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
	if text := content(t, r.Body); !strings.Contains(text, "\nredis_total_error_replies 0\n") {
		t.Errorf("%.200q", text)
	}
}

func listen(t *testing.T) (*Server, string) {
	t.Helper()
	s, err := Listen(options(t))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Serve() }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, s.Addr()
}

func TestScrapesAtOnce(t *testing.T) {
	_, addr := listen(t)
	var scrapes sync.WaitGroup
	for range connectionsMax * 3 {
		scrapes.Go(func() {
			r, err := http.Get("http://" + addr + "/metrics")
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Body.Close()
			if b, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(b), "redis_up 1\n") {
				t.Errorf("%v, %.100q", err, b)
			}
		})
	}
	scrapes.Wait()
	http.DefaultClient.CloseIdleConnections()
}

// TestConnectionsAreBounded fills the listener with silent connections: one
// more waits until one of them goes.
func TestConnectionsAreBounded(t *testing.T) {
	_, addr := listen(t)
	dial := func() net.Conn {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	silent := make([]net.Conn, connectionsMax)
	for i := range silent {
		silent[i] = dial()
	}
	c := dial()
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); err == nil {
		t.Fatalf("%d bytes beyond the limit", n)
	}
	silent[3].Close()
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("%v %v", r, err)
	}
}

// TestIdleMakeRoom: connections that are kept for a next request do not hold up
// who has one.
func TestIdleMakeRoom(t *testing.T) {
	_, addr := listen(t)
	get := func() {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		c.SetReadDeadline(time.Now().Add(30 * time.Second))
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || r.StatusCode != 200 {
			t.Fatalf("%v %v", r, err)
		}
	}
	for range 3 * connectionsMax {
		get()
	}
}

func TestEveryStageHasATimeout(t *testing.T) {
	s, _ := listen(t)
	h := &s.http
	if h.ReadHeaderTimeout <= 0 || h.ReadTimeout <= 0 || h.WriteTimeout <= 0 || h.IdleTimeout <= 0 || h.MaxHeaderBytes <= 0 {
		t.Error("a client may take for ever")
	}
}

// TestCloseBeforeServe: a start that fails later closes what was opened.
func TestCloseBeforeServe(t *testing.T) {
	s, err := Listen(options(t))
	if err != nil {
		t.Fatal(err)
	}
	addr := s.Addr()
	s.Close()
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("still listening")
	}
	if err := s.Serve(); err != nil {
		t.Error(err)
	}
}

func TestListenErrors(t *testing.T) {
	s, _ := listen(t)
	_, port, _ := net.SplitHostPort(s.Addr())
	o := options(t)
	o.Port, _ = net.LookupPort("tcp", port)
	if other, err := Listen(o); err == nil {
		other.Close()
		t.Error("two listeners on one port")
	}
	o = options(t)
	o.Bind = "256.0.0.1"
	if other, err := Listen(o); err == nil {
		other.Close()
		t.Error("listens on no address")
	}
}

// TestScrapersShare: those who ask at the same time get the same bytes, and the
// executor is asked once.
func TestScrapersShare(t *testing.T) {
	o := options(t)
	var wakes atomic.Int64
	o.Exchange = NewExchange(func() { wakes.Add(1) })
	h := newHandler(o)
	began := time.Now()
	var scrapes sync.WaitGroup
	for i := range 60 {
		scrapes.Go(func() {
			encoding := []string{"gzip", "identity"}[i%2]
			ask(t, h, "GET", "/metrics", "", "Accept-Encoding", encoding)
		})
	}
	scrapes.Wait()
	// Once for each form and each time that figures grow old.
	if n, most := wakes.Load(), int64(2*(1+time.Since(began)/freshFor)); n > most || n == 0 {
		t.Errorf("asked %d times, %d are the most", n, most)
	}
}

func TestTakesGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"gzip": true, "deflate, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0, br": false, "": false, "x-gzip": false, "identity": false,
	} {
		if got := takesGzip(http.Header{"Accept-Encoding": {header}}); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

// TestFormats: what only the library writes is still there.
func TestFormats(t *testing.T) {
	h := newHandler(options(t))
	binary := ask(t, h, "GET", "/metrics", "", "Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	if got := binary.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/vnd.google.protobuf") || !strings.Contains(content(t, binary.Body), "basalt_command_latency_seconds") {
		t.Errorf("it is %s", got)
	}
	text := content(t, ask(t, h, "GET", "/metrics?name[]=redis_up", "").Body)
	if strings.Contains(text, "redis_connected_clients") || !strings.Contains(text, "redis_up 1\n") {
		t.Errorf("%.300s", text)
	}
}

// TestEncodings: a stranger who asks for encodings that there are not gets an
// answer, and no line in the log.
func TestEncodings(t *testing.T) {
	o := options(t)
	var said bytes.Buffer
	o.Log = &said
	h := newHandler(o)
	for header, want := range map[string]string{"zstd": "", "identity;q=0, *;q=0": "", "br, gzip": "gzip", "nonsense;;q": "", "zstd;q=1, gzip;q=0.1": "gzip"} {
		r := ask(t, h, "GET", "/metrics?name[]=redis_up", "", "Accept-Encoding", header)
		if got := r.Header.Get("Content-Encoding"); r.StatusCode != http.StatusOK || got != want {
			t.Errorf("%q: %d %q", header, r.StatusCode, got)
		}
	}
	if said.Len() > 0 {
		t.Errorf("it logs %s", &said)
	}
}
