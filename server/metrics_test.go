package server

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"basalt/command"
	"basalt/config"
)

// metricsPort returns a port and whether somebody holds it for the test.
func metricsPort(t *testing.T, held bool) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if held {
		t.Cleanup(func() { l.Close() })
	} else {
		l.Close()
	}
	return l.Addr().(*net.TCPAddr).Port
}

func metricsServer(t *testing.T, args ...string) (*Server, error) {
	t.Helper()
	dir := t.TempDir()
	cfg, err := config.Load(append([]string{"--port", "0", "--unixsocket", dir + "/s", "--dir", dir, "--save", ""}, args...), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return New(cfg, zerolog.Nop())
}

// TestMetricsPortInUse: only a port that somebody asked for stops the start.
func TestMetricsPortInUse(t *testing.T) {
	held := strconv.Itoa(metricsPort(t, true))
	if s, err := metricsServer(t, "--metrics-port", held); err == nil {
		s.closeAll()
		t.Error("a configured port is in use and the server starts")
	}
	s, err := metricsServer(t, "--metrics-port", "0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.closeAll()
	if s.reporter != nil {
		t.Error("metrics are served though nobody wants them")
	}
	s.executor.publish()
	s.executor.publishIfWanted()

	// The default port, which this test or anybody else on the machine holds.
	if l, err := net.Listen("tcp", "127.0.0.1:9121"); err == nil {
		defer l.Close()
	}
	second, err := metricsServer(t)
	if err != nil {
		t.Fatal(err)
	}
	defer second.closeAll()
	if second.reporter != nil {
		t.Error("the default port has two listeners")
	}
	if s, err := metricsServer(t, "--metrics-bind", "127.0.0.1"); err == nil {
		s.closeAll()
		t.Error("a configured address is in use and the server starts")
	}
}

// newScraped is a pipe whose server has its metrics on port.
func newScraped(tb testing.TB, port string) *pipe {
	tb.Helper()
	p := newPipe(tb)
	s := p.server
	s.closeMetrics()
	s.config.MetricsPort, _ = strconv.Atoi(port)
	if err := s.openMetrics(); err != nil || s.reporter == nil {
		tb.Fatal("no listener for metrics:", err)
	}
	return p
}

// TestPublishing runs commands and looks at what a scrape shows, without the
// executor running.
func TestPublishing(t *testing.T) {
	port := strconv.Itoa(metricsPort(t, false))
	p := newScraped(t, port)
	p.reply(t, "CONFIG", "SET", "slowlog-log-slower-than", "0")
	for i := range 1000 {
		p.reply(t, "SET", "key"+strconv.Itoa(i), "value", "EX", "100")
	}
	p.reply(t, "GET", "key1")
	p.reply(t, "GET", "nothing")
	p.reply(t, "INCR", "key1")
	p.reply(t, "NOSUCH")
	x := p.server.executor
	x.latency.Add("command", 1_700_000_000, 40)
	p.server.serveMetrics()

	text := get(t, port, "/metrics")
	for _, line := range []string{
		`redis_commands_total{cmd="set"} 1000`,
		`redis_commands_total{cmd="get"} 2`,
		`redis_commands_failed_calls_total{cmd="incr"} 1`,
		`redis_commands_latencies_usec_count{cmd="set"} 1000`,
		`redis_commands_processed_total 1004`,
		`redis_errors_total{err="ERR"} 2`,
		`redis_keyspace_hits_total 1`,
		`redis_keyspace_misses_total 1`,
		`redis_db_keys{db="db0"} 1000`,
		`redis_db_keys_expiring{db="db0"} 1000`,
		`redis_db_keys{db="db15"} 0`,
		`redis_slowlog_length 128`,
		`redis_latency_spike_last{event_name="command"} 1700000000`,
		`basalt_arena_bytes{purpose="table"} ` + strconv.FormatInt(x.keys.Stats(0).Bytes, 10),
		`basalt_rehash_level{db="db0"} ` + strconv.Itoa(x.keys.Stats(0).Level),
		`basalt_table_buckets{db="db0"} ` + strconv.Itoa(x.keys.Stats(0).Buckets),
		`redis_io_threads_active 0`,
		`redis_up 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	if body := get(t, port, "/healthz"); body != "ok\n" {
		t.Errorf("/healthz: %q", body)
	}
}

// TestLastFigures: a node that saves before it ends, which may take minutes, shows
// that it does rather than what was before.
func TestLastFigures(t *testing.T) {
	port := strconv.Itoa(metricsPort(t, false))
	p := newScraped(t, port)
	p.server.executor.persist.dir = t.TempDir()
	p.server.serveMetrics()
	p.reply(t, "SET", "key", "value")
	p.server.draining.Store(true)
	if err := p.server.end(command.ShutdownOptions{Save: true}, "test"); err != nil {
		t.Fatal(err)
	}
	text := get(t, port, "/metrics")
	for _, line := range []string{`redis_db_keys{db="db0"} 1`, `basalt_draining 1`} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func get(t *testing.T, port, path string) string {
	t.Helper()
	r, err := http.Get("http://127.0.0.1:" + port + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", r.StatusCode, err)
	}
	return string(b)
}

// TestPublishingIsCheap: the executor pays for a snapshot with no more than the
// entry of the slow log and the names of the hottest keys, however many keys there
// are.
func TestPublishingIsCheap(t *testing.T) {
	p := newScraped(t, strconv.Itoa(metricsPort(t, false)))
	x := p.server.executor
	for i := range x.stats {
		x.stats[i].Add(1000, 1)
	}
	p.reply(t, "SET", "key", "value")
	for range 4 {
		x.publish()
	}
	if n := testing.AllocsPerRun(100, x.publish); n > 1+3 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkPublish is what a scrape costs the executor when every command of
// the table has been called.
func BenchmarkPublish(b *testing.B) {
	p := newScraped(b, "21990")
	x := p.server.executor
	for i := range x.stats {
		for n := range 1000 {
			x.stats[i].Add(int64(n*n), 1)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		x.publish()
	}
}
