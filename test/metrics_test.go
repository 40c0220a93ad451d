package test

import (
	"io"
	"net"
	"net/http"
	"regexp"
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

// TestMetricsFollow: what a client did is in the scrapes that follow, of all
// figures at once.
func TestMetricsFollow(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads)
		c := dial(t, s)
		for round := 1; round <= 3; round++ {
			for i := range 2000 {
				want(t, c, "+OK\r\n", "SET", strconv.Itoa(round)+":"+strconv.Itoa(i), "v", "EX", "1000")
			}
			// A scrape may take figures that are 100 ms old, and older ones if the
			// executor has no processor.
			text, line := "", `redis_commands_total{cmd="set"} `+strconv.Itoa(2000*round)+"\n"
			waitFor(t, line, func() bool {
				text = scrape(t, port, "/metrics")
				return strings.Contains(text, line)
			})
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

// TestMetricsAreInfo: a metric that is called like a field of INFO has its value,
// but for what INFO itself or time moves.
func TestMetricsAreInfo(t *testing.T) {
	t.Parallel()
	moving := regexp.MustCompile(`^(used_memory|used_cpu|used_active|uptime|instantaneous|eventloop|total_net|total_commands|mem_fragmentation|` +
		`mem_clients_normal|rss_overhead|allocator|total_(reads|writes)|io_threaded|client_recent|expire_cycle|config_)`)
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--appendonly", "yes")
		c := dial(t, s)
		for i := range 100 {
			key := strconv.Itoa(i)
			want(t, c, "+OK\r\n", "SET", key, "v", "EX", "1000")
			want(t, c, "$1\r\nv\r\n", "GET", key)
			want(t, c, "$-1\r\n", "GET", "no"+key)
		}
		want(t, c, "-ERR value is not an integer or out of range\r\n", "INCR", "1")
		want(t, c, "+OK\r\n", "WATCH", "1")
		want(t, c, "+OK\r\n", "SAVE")
		want(t, c, "+OK\r\n", "SET", "key", "v")
		// A scrape may take figures that are 100 ms old, and some of INFO are as old
		// as the last second.
		compared, wrong := 0, ""
		for deadline := time.Now().Add(harness.Patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			text, info := scrape(t, port, "/metrics"), do(t, c, "INFO", "everything")
			if compared, wrong = compareInfo(text, info, moving); wrong == "" {
				break
			}
		}
		if wrong != "" || compared < 60 {
			t.Errorf("%d fields compared; %s", compared, wrong)
		}
	})
}

// compareInfo looks for the metric of each field of INFO that is a number, and
// returns how many there are and what is different.
func compareInfo(text, info string, without *regexp.Regexp) (compared int, wrong string) {
	metrics := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		if name, figure, ok := strings.Cut(line, " "); ok {
			metrics[name] = figure
		}
	}
	for _, line := range strings.Split(info, "\r\n") {
		field, figure, _ := strings.Cut(line, ":")
		n, err := strconv.ParseFloat(figure, 64)
		if err != nil || without.MatchString(field) {
			continue
		}
		for _, name := range []string{field, field + "_total", field + "_bytes", strings.TrimPrefix(field, "total_") + "_total",
			strings.TrimSuffix(field, "_count") + "_total"} {
			if got, ok := metrics["redis_"+name]; ok {
				compared++
				if v, err := strconv.ParseFloat(got, 64); err != nil || v != n {
					wrong += "redis_" + name + " is " + got + " and " + field + " " + figure + "; "
				}
			}
		}
	}
	return compared, wrong
}

// TestMetricsWhileBusy: a scrape does not wait for the executor.
func TestMetricsWhileBusy(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--enable-debug-command", "yes")
		c := dial(t, s)
		// Figures older than the second between two are those of an executor that
		// sleeps. A machine that has no time for the test may miss that, not again
		// and again.
		old := func() bool {
			for start := time.Now(); time.Since(start) < 3*time.Second; time.Sleep(20 * time.Millisecond) {
				if value(t, scrape(t, port, "/metrics"), "basalt_snapshot_age_seconds") > 1.5 {
					return true
				}
			}
			return false
		}
		waitFor(t, "a scrape while the executor sleeps", func() bool {
			if err := c.Send("DEBUG", "SLEEP", "3"); err != nil {
				t.Fatal(err)
			}
			seen := old()
			if got := scrape(t, port, "/healthz"); got != "ok\n" {
				t.Errorf("/healthz: %q", got)
			}
			if reply, err := c.Receive(); err != nil || string(reply) != "+OK\r\n" {
				t.Fatalf("%q %v", reply, err)
			}
			return seen
		})
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

// TestClientList: the oldest clients have series of their own if somebody asks
// for them, and not more than asked for.
func TestClientList(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads)
		for i := range 200 {
			c := dial(t, s)
			want(t, c, "+OK\r\n", "CLIENT", "SETNAME", "client-"+strconv.Itoa(i))
			if i == 0 {
				want(t, c, "+OK\r\n", "SELECT", "3")
				if _, err := c.Do("SUBSCRIBE", "a"); err != nil {
					t.Fatal(err)
				}
			}
		}
		c := dial(t, s)
		for _, n := range []int{0, 150, 1000, 0} {
			want(t, c, "+OK\r\n", "CONFIG", "SET", "metrics-client-labels", strconv.Itoa(n))
			listed := -1
			var text string
			deadline := time.Now().Add(harness.Patience)
			// A scrape may take figures that are 100 ms old.
			for listed != min(n, 201) && time.Now().Before(deadline) {
				text = scrape(t, port, "/metrics")
				listed = strings.Count(text, "\nredis_connected_client_info{")
			}
			if listed != min(n, 201) {
				t.Fatalf("%d clients are listed, want %d", listed, min(n, 201))
			}
			if n == 0 {
				continue
			}
			if !strings.Contains(text, `,name="client-0",flags="PU",db="3",host="/`) || !strings.Contains(text, `,name="client-149",flags="U",db="0",`) {
				t.Errorf("the oldest are not among them: %.500s", text[strings.Index(text, "redis_connected_client_info"):])
			}
			if n == 150 && strings.Contains(text, `name="client-150"`) {
				t.Error("a younger one is")
			}
			if got := strings.Count(text, "\nredis_connected_client_total_memory_consumed_bytes{"); got != listed {
				t.Errorf("%d of %d have a figure", got, listed)
			}
		}
	})
}

// TestConfigMetrics: directives are shown as they are now, and no password is.
func TestConfigMetrics(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-word"
	s, port := startWithMetrics(t, 1, "--requirepass", secret, "--masterauth", secret, "--masteruser", secret,
		"--tls-key-file-pass", secret, "--tls-client-key-file-pass", secret)
	c := dial(t, s)
	want(t, c, "+OK\r\n", "AUTH", secret)
	for _, size := range []string{"104857600", "209715200"} {
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", size)
		line := `redis_config_key_value{key="maxmemory",value="` + size + `"} 1`
		text := ""
		for deadline := time.Now().Add(harness.Patience); !strings.Contains(text, line) && time.Now().Before(deadline); {
			text = scrape(t, port, "/metrics")
		}
		if !strings.Contains(text, line) || value(t, text, `redis_config_value{key="maxmemory"}`) != value(t, text, "redis_memory_max_bytes") {
			t.Errorf("no line %s", line)
		}
		if value(t, text, `redis_config_client_output_buffer_limit_bytes{class="pubsub",limit="hard"}`) != 32<<20 ||
			value(t, text, `redis_config_client_output_buffer_limit_overcome_seconds{class="pubsub",limit="soft"}`) != 60 {
			t.Error("the limits of pubsub are others")
		}
		if strings.Contains(text, secret) || strings.Contains(text, "requirepass") || strings.Contains(text, "masterauth") {
			t.Error("a secret is shown")
		}
		if strings.Contains(scrape(t, port, "/live.json"), secret) {
			t.Error("a secret is on the page")
		}
	}
}

// TestWaitingCounts: keys and clients that wait or watch are counted as they come
// and go, and what is freed in slices as it goes.
func TestWaitingCounts(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads)
		c := dial(t, s)
		figures := func(want map[string]float64) {
			t.Helper()
			text, missing := "", ""
			for deadline := time.Now().Add(harness.Patience); time.Now().Before(deadline); {
				text, missing = scrape(t, port, "/metrics"), ""
				for series, n := range want {
					if got := value(t, text, series); got != n {
						missing += " " + series + " is " + strconv.FormatFloat(got, 'g', -1, 64)
					}
				}
				if missing == "" {
					return
				}
			}
			t.Fatal(missing)
		}
		want(t, c, "+OK\r\n", "XGROUP", "CREATE", "stream", "g", "$", "MKSTREAM")
		for _, name := range []string{"one", "two"} {
			if err := dial(t, s).Send("XREADGROUP", "GROUP", "g", name, "BLOCK", "0", "STREAMS", "stream", ">"); err != nil {
				t.Fatal(err)
			}
		}
		if err := dial(t, s).Send("BLPOP", "list", "100"); err != nil {
			t.Fatal(err)
		}
		watcher := dial(t, s)
		want(t, watcher, "+OK\r\n", "WATCH", "a", "b")
		figures(map[string]float64{"redis_blocked_clients": 3, "redis_total_blocking_keys": 2, "redis_total_blocking_keys_on_nokey": 1,
			"redis_clients_in_timeout_table": 1, "redis_watching_clients": 1, "redis_total_watched_keys": 2})
		want(t, c, ":1\r\n", "DEL", "stream")
		want(t, watcher, "+OK\r\n", "UNWATCH")
		figures(map[string]float64{"redis_blocked_clients": 1, "redis_total_blocking_keys": 1, "redis_total_blocking_keys_on_nokey": 0,
			"redis_watching_clients": 0, "redis_total_watched_keys": 0, "redis_lazyfreed_objects": 0})
		for i := range 1000 {
			want(t, c, "+OK\r\n", "SET", strconv.Itoa(i), "v")
		}
		want(t, c, "+OK\r\n", "FLUSHALL", "ASYNC")
		figures(map[string]float64{"redis_lazyfreed_objects": 1000, "redis_lazyfree_pending_objects": 0})
		want(t, c, "+OK\r\n", "CONFIG", "RESETSTAT")
		figures(map[string]float64{"redis_lazyfreed_objects": 0})
	})
}
