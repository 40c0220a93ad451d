package test

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/test/harness"
)

// scrape reads a page of the metrics listener.
func scrape(t *testing.T, port int, path string) string {
	t.Helper()
	client := http.Client{Timeout: harness.Patience, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://127.0.0.1:" + strconv.Itoa(port) + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", path, r.StatusCode, err)
	}
	return string(b)
}

// value returns the value of one series of a scrape.
func value(t *testing.T, text, series string) float64 {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(rest, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("no series %s", series)
	return 0
}

func startWithMetrics(t *testing.T, threads int, args ...string) (*harness.Server, int) {
	t.Helper()
	port, err := harness.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return startBasalt(t, threads, harness.Options{Args: append(args, "--metrics-port", strconv.Itoa(port))}), port
}

// TestMetricsFollow: what a client did is in the scrape after its reply, not a
// second later.
func TestMetricsFollow(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads)
		c := dial(t, s)
		for round := 1; round <= 3; round++ {
			for i := range 2000 {
				want(t, c, "+OK\r\n", "SET", strconv.Itoa(round)+":"+strconv.Itoa(i), "v", "EX", "1000")
			}
			// A scrape may take figures that are 100 ms old.
			time.Sleep(150 * time.Millisecond)
			text := scrape(t, port, "/metrics")
			for series, n := range map[string]int{
				`redis_commands_total{cmd="set"}`:                      2000 * round,
				`redis_commands_latencies_usec_count{cmd="set"}`:       2000 * round,
				`redis_db_keys{db="db0"}`:                              2000 * round,
				`redis_db_keys_expiring{db="db0"}`:                     2000 * round,
				`redis_connected_clients`:                              1,
				`basalt_io_threads`:                                    threads,
				`redis_up`:                                             1,
				`redis_client_query_buffer_limit_disconnections_total`: 0,
			} {
				if got := value(t, text, series); got != float64(n) {
					t.Errorf("round %d: %s is %v, want %d", round, series, got, n)
				}
			}
			for _, series := range []string{`redis_net_input_bytes_total`, `redis_memory_used_bytes`,
				`redis_memory_used_rss_bytes`, `basalt_rehash_steps_total{db="db0"}`, `basalt_arena_bytes{purpose="wheel"}`,
				`redis_total_reads_processed`} {
				if value(t, text, series) <= 0 {
					t.Errorf("%s is not positive", series)
				}
			}
			// The system may count a short time as either.
			if value(t, text, `redis_cpu_user_main_thread_seconds_total`)+value(t, text, `redis_cpu_sys_main_thread_seconds_total`) <= 0 {
				t.Error("the main thread took no time")
			}
		}
		// A table is where it says that it is.
		text := scrape(t, port, "/metrics")
		level, split := value(t, text, `basalt_rehash_level{db="db0"}`), value(t, text, `basalt_rehash_split_buckets{db="db0"}`)
		buckets := float64(int(1)<<int(level)) + split
		if got := value(t, text, `basalt_table_buckets{db="db0"}`); got != buckets {
			t.Errorf("%v buckets at level %v and split %v", got, level, split)
		}
	})
}

// TestMetricsWhileBusy: a scrape does not wait for the executor.
func TestMetricsWhileBusy(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--enable-debug-command", "yes")
		c := dial(t, s)
		if err := c.Send("DEBUG", "SLEEP", "3"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		text := scrape(t, port, "/metrics")
		if age := value(t, text, "basalt_snapshot_age_seconds"); age < 0.1 || age > 3.5 {
			t.Errorf("the figures are %v s old", age)
		}
		if got := scrape(t, port, "/healthz"); got != "ok\n" {
			t.Errorf("/healthz: %q", got)
		}
		if reply, err := c.Receive(); err != nil || string(reply) != "+OK\r\n" {
			t.Errorf("%q %v", reply, err)
		}
	})
}

// TestMetricsPortInUse: a configured port that is in use stops the start, 0
// opens none.
func TestMetricsPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	s, err := harness.Launch(harness.Options{Binary: basaltBinary, Env: []string{"BASALT_METRICS_PORT=" + port}})
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.Wait()
	if err != nil || code == 0 || !strings.Contains(s.Output(), "address already in use") {
		t.Errorf("code %d, %v: %s", code, err, s.Output())
	}
	none := startBasalt(t, 1, harness.Options{Args: []string{"--metrics-port", "0"}})
	if strings.Contains(none.Output(), "name=metrics") {
		t.Errorf("listens for metrics: %s", none.Output())
	}
}
