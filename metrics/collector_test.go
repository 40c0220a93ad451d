package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"basalt/internal/buckets"
)

// latencySample is what calls of the sample took, in ns.
var latencySample = []int64{10, 200, 1500, 1 << 40}

// sample is a snapshot in which every list has something.
func sample(s *Snapshot) {
	s.Taken = time.Now()
	s.Instance = Instance{Version: "7.2.5", Basalt: "1.0", OS: "Linux", RunID: "abc", Policy: "noeviction", Port: 6379,
		PID: 12, HZ: 10, IOThreads: 2, ThreadsActive: true, Started: time.Now().Add(-90 * time.Second)}
	s.Clients = Clients{Connected: 3, Max: 10000, Blocked: 1, Channels: 4, Patterns: 2}
	s.Totals = Totals{Commands: 5, NetIn: 100, Reads: 9}
	s.Memory = Memory{ArenaUsed: 1000, ArenaActive: 1500, ArenaResident: 3000, ArenaOverhead: 100, Peak: 900}
	s.SlowLog = SlowLog{Len: 2, LastID: 8, LastMicros: 12500}
	s.SlowLog.SlowerThan, s.SlowLog.LargeRequests, s.SlowLog.RequestsFrom, s.SlowLog.RepliesFrom = 10_000, 5, 1000, -1
	s.LargeRequests = append(s.LargeRequests, LargeCall{3, 1_700_000_000, "set", 3, 2000})
	s.SlowCalls = append(s.SlowCalls, SlowCall{ID: 8, UnixS: 1_700_000_000, Command: "config|set", ArgCount: 4, Took: 12500 * time.Microsecond})
	s.ExpireLag = 1500 * time.Millisecond
	s.ExpiredLate, s.ExpiredLatest = 9*time.Second, 250*time.Millisecond
	s.Databases = append(s.Databases,
		Database{Index: 0, Keys: 40, Expiring: 4, AverageTTL: 2500 * time.Millisecond, Rehashing: true, Level: 3, Split: 2,
			Steps: 9, Buckets: 10, Overflow: 1, Bytes: 704},
		Database{Index: 1})
	s.Arena = append(s.Arena, Amount{"table", 704})
	get := Command{Name: "get", Calls: 4, Nanos: 3_000_000_000, Failed: 1}
	for _, n := range latencySample {
		get.Times.Add(n)
	}
	s.Commands = append(s.Commands, get, Command{Name: "config|set", Rejected: 2})
	s.Timings = append(s.Timings, make(TimingTable, 1), make(TimingTable, 1))
	for i := range s.Timings {
		t := &Timings{}
		var wait, write, total buckets.Sum
		wait.Add(1000, 1)
		write.Add(2000, 1)
		total.Add(3_000_000, 2)
		t.Wait.Set(&wait)
		t.Write.Set(&write)
		t.Total.Set(&total)
		s.Timings[i][0].Store(t)
	}
	s.Pauses = append(s.Pauses, Pause{Cause: "gc", Count: 1, Longest: 2 * time.Millisecond})
	s.Pauses[0].Times.Counts.Add(2_000_000)
	s.Pauses[0].Times.Nanos = 2_000_000
	s.HotKeys = append(s.HotKeys, KeyFigure{0, "a", 20}, KeyFigure{3, "\xff", 10})
	s.CostlyKeys = append(s.CostlyKeys, KeyFigure{0, "a", 0.25})
	long := strings.Repeat("x", 2*labelMax)
	s.BigKeys = append(s.BigKeys, KeyFigure{0, long + "1", 4000}, KeyFigure{0, long + "2", 3000})
	s.Prefixes = append(s.Prefixes, Prefix{"user:", 5, 4, 300, 200, 1})
	s.Listed = []Client{{ID: 7, Name: "a\"b\\\n", Addr: "[::1]:4000", Flags: "N", User: "default", DB: 3, Proto: 2, CreatedMs: 1500, OutMem: 99},
		{ID: 8, Addr: "/run/s:0"}}
	s.Settings = []Setting{{"maxmemory", "0"}, {"save", "3600 1"}, {"x", "nan"}}
	s.OutputLimits = append(s.OutputLimits, OutputLimit{"pubsub", 32, 8, 60})
	s.LatestPauses = append(s.LatestPauses, PauseEvent{1_700_000_000_000, "command", "keys", 250 * time.Millisecond})
	s.Threads = append(s.Threads, Thread{"executor", 3 * time.Second})
	s.Rings = append(s.Rings, Ring{Depth: 3, Deepest: 7, Batches: 9, Replies: 1, Busy: time.Second})
	s.Percentiles = []float64{50, 99.9}
	s.Distributions = true
	s.Errors = append(s.Errors, ErrorCount{"ERR", 3}, ErrorCount{"\xff", 1}, ErrorCount{"\xfe", 1})
	s.Spikes = append(s.Spikes, Spike{"command", 1_700_000_000, 250 * time.Millisecond})
}

func sampleProcess(p *Process) {
	*p = Process{RSS: 4000, System: 1 << 30, GoHeap: 1000, Sys: 1.5, User: 2.5}
}

func sampled(t *testing.T) *Collector {
	t.Helper()
	e := NewExchange(func() {})
	sample(e.Begin())
	e.Publish()
	return NewCollector(e, sampleProcess)
}

func gather(t *testing.T, c *Collector) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	list, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	families := make(map[string]*dto.MetricFamily)
	for _, f := range list {
		families[f.GetName()] = f
	}
	return families
}

// series finds the one with that label value, or the only one for "".
func series(t *testing.T, families map[string]*dto.MetricFamily, name, label string) *dto.Metric {
	t.Helper()
	for _, m := range families[name].GetMetric() {
		if label == "" && len(m.Label) == 0 || len(m.Label) == 1 && m.Label[0].GetValue() == label {
			return m
		}
	}
	t.Fatalf("no series %s{%s}", name, label)
	return nil
}

func TestValues(t *testing.T) {
	families := gather(t, sampled(t))
	for _, want := range []struct {
		name, label string
		value       float64
	}{
		{"redis_up", "", 1},
		{"redis_uptime_in_seconds", "", 90},
		{"redis_connected_clients", "", 3},
		{"redis_memory_used_bytes", "", 2000},
		{"redis_memory_used_peak_bytes", "", 2000},
		{"redis_memory_used_dataset_bytes", "", 900},
		{"redis_mem_fragmentation_ratio", "", 2},
		{"redis_mem_fragmentation_bytes", "", 2000},
		{"redis_allocator_frag_ratio", "", 1.5},
		{"redis_allocator_rss_ratio", "", 2},
		{"redis_last_slow_execution_duration_seconds", "", 0.0125},
		{"redis_db_keys", "db0", 40},
		{"redis_db_keys", "db1", 0},
		{"redis_db_avg_ttl_seconds", "db0", 2.5},
		{"redis_io_threads_active", "", 1},
		{"redis_latency_spike_duration_seconds", "command", 0.25},
		{"basalt_rehash_active", "db0", 1},
		{"basalt_rehash_level", "db0", 3},
		{"basalt_rehash_split_buckets", "db0", 2},
		{"basalt_rehash_progress_ratio", "db0", 0.25},
		{"basalt_table_bytes", "db0", 704},
		{"basalt_expire_lag_seconds", "", 1.5},
		{"basalt_expired_lag_max_seconds", "", 0.25},
		{"redis_pubsub_channels", "", 4},
		{"redis_pubsub_patterns", "", 2},
		{"basalt_arena_bytes", "table", 704},
	} {
		if got := series(t, families, want.name, want.label).GetGauge().GetValue(); got != want.value {
			t.Errorf("%s{%s} is %v, want %v", want.name, want.label, got, want.value)
		}
	}
	for _, want := range []struct {
		name, label string
		value       float64
	}{
		{"redis_commands_processed_total", "", 5},
		{"basalt_expired_lag_seconds_total", "", 9},
		{"redis_commands_total", "get", 4},
		{"redis_commands_duration_seconds_total", "get", 3},
		{"redis_commands_rejected_calls_total", "config|set", 2},
		{"redis_commands_failed_calls_total", "get", 1},
		{"redis_errors_total", "ERR", 3},
		{"redis_errors_total", `"\xff"`, 1},
		{"redis_io_threaded_reads_processed", "", 9},
		{"redis_cpu_user_seconds_total", "", 2.5},
		{"basalt_rehash_steps_total", "db0", 9},
	} {
		if got := series(t, families, want.name, want.label).GetCounter().GetValue(); got != want.value {
			t.Errorf("%s{%s} is %v, want %v", want.name, want.label, got, want.value)
		}
	}
	if n := len(families["basalt_rehash_active"].GetMetric()); n != 1 {
		t.Errorf("%d tables are shown, one holds keys", n)
	}
}

func TestDistributions(t *testing.T) {
	families := gather(t, sampled(t))
	if n := len(families["redis_commands_latencies_usec"].GetMetric()); n != 1 {
		t.Errorf("%d histograms, one command was called", n)
	}
	h := series(t, families, "redis_commands_latencies_usec", "get").GetHistogram()
	if h.GetSampleCount() != 4 || h.GetSampleSum() != 3e6 {
		t.Errorf("count %d, sum %v", h.GetSampleCount(), h.GetSampleSum())
	}
	want := map[float64]uint64{0.128: 1, 0.256: 2, 1.024: 2, 2.048: 3, 1073741.824: 3}
	for _, b := range h.Bucket {
		if n, ok := want[b.GetUpperBound()]; ok && n != b.GetCumulativeCount() {
			t.Errorf("up to %v us: %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), n)
		}
		delete(want, b.GetUpperBound())
	}
	if len(want) > 0 {
		t.Errorf("no buckets %v", want)
	}
	q := series(t, families, "redis_latency_percentiles_usec", "get").GetSummary().GetQuantile()
	var times buckets.Counts
	for _, n := range latencySample {
		times.Add(n)
	}
	if len(q) != 2 || q[0].GetQuantile() != 50 || q[0].GetValue() != times.Percentile(50)/1e3 ||
		q[1].GetQuantile() != 99.9 || q[1].GetValue() != times.Percentile(99.9)/1e3 {
		t.Errorf("quantiles %v", q)
	}
}

// TestDistributionsFollowTracking: without latency-tracking there are none.
func TestDistributionsFollowTracking(t *testing.T) {
	e := NewExchange(func() {})
	s := e.Begin()
	sample(s)
	s.Distributions = false
	e.Publish()
	families := gather(t, NewCollector(e, sampleProcess))
	if families["redis_commands_latencies_usec"] != nil || families["redis_latency_percentiles_usec"] != nil {
		t.Error("distributions are shown")
	}
}

// TestLabelsAreCutBetweenCharacters: a long name that is text stays text.
func TestLabelsAreCutBetweenCharacters(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("x", labelMax):                 strings.Repeat("x", labelMax),
		strings.Repeat("x", labelMax) + "é":           strings.Repeat("x", labelMax),
		strings.Repeat("é", labelMax/2):               strings.Repeat("é", labelMax/2),
		"x" + strings.Repeat("é", labelMax):           "x" + strings.Repeat("é", labelMax/2-1),
		strings.Repeat("日", labelMax):                 strings.Repeat("日", labelMax/3),
		"xx" + strings.Repeat("\U0001f600", labelMax): "xx" + strings.Repeat("\U0001f600", labelMax/4-1),
	} {
		if got := label(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	if got := label(strings.Repeat("\x80", 2*labelMax)); len(got) < labelMax || !utf8.ValidString(got) {
		t.Errorf("what is not text is %q", got)
	}
}

// TestBusyExecutorShows: figures that are old say so.
func TestBusyExecutorShows(t *testing.T) {
	e := NewExchange(func() {})
	s := e.Begin()
	sample(s)
	s.Taken = time.Now().Add(-stalled - time.Second)
	e.Publish()
	families := gather(t, NewCollector(e, sampleProcess))
	if up := series(t, families, "redis_up", "").GetGauge().GetValue(); up != 0 {
		t.Errorf("redis_up is %v", up)
	}
	age := series(t, families, "basalt_snapshot_age_seconds", "").GetGauge().GetValue()
	if age < stalled.Seconds() || age > stalled.Seconds()+60 {
		t.Errorf("the snapshot is %v s old", age)
	}
}

// TestCatalog checks the rows themselves.
func TestCatalog(t *testing.T) {
	families := gather(t, sampled(t))
	types := map[kind]dto.MetricType{gauge: dto.MetricType_GAUGE, counter: dto.MetricType_COUNTER,
		histogram: dto.MetricType_HISTOGRAM, summary: dto.MetricType_SUMMARY}
	seen := map[string]bool{}
	for _, g := range catalog() {
		for _, m := range g.metrics {
			if seen[m.name] {
				t.Errorf("%s is there twice", m.name)
			}
			seen[m.name] = true
			ways := 0
			for _, set := range []bool{m.value != nil, m.each != nil, m.distribution != nil} {
				if set {
					ways++
				}
			}
			if ways != 1 || (m.value == nil) != (len(m.labels) > 0) {
				t.Errorf("%s: labels %v and %d ways to collect", m.name, m.labels, ways)
			}
			if !strings.HasPrefix(m.name, "redis_") && !strings.HasPrefix(m.name, "basalt_") {
				t.Errorf("%s: neither theirs nor ours", m.name)
			}
			if !strings.HasSuffix(m.help, ".") {
				t.Errorf("%s: %q is no sentence", m.name, m.help)
			}
			f := families[m.name]
			if f == nil {
				t.Errorf("%s has no series though everything has a value", m.name)
			} else if f.GetType() != types[m.kind] {
				t.Errorf("%s is a %s, not a %s", m.name, f.GetType(), m.kind)
			}
			for _, s := range f.GetMetric() {
				for _, l := range s.Label {
					if !slices.Contains(m.labels, l.GetName()) {
						t.Errorf("%s has a label %s", m.name, l.GetName())
					}
				}
				if v := s.GetGauge().GetValue() + s.GetCounter().GetValue(); math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s is %v", m.name, v)
				}
			}
		}
	}
	if len(families) != len(seen) {
		t.Errorf("%d families from %d rows", len(families), len(seen))
	}
}

// inherited are names of redis_exporter that break the rules promtool checks.
// They stay: dashboards ask for them.
var inherited = []string{
	"redis_io_threaded_reads_processed",
	"redis_io_threaded_writes_processed",
	"redis_total_reads_processed",
	"redis_total_writes_processed",
	"redis_total_error_replies",
	"redis_instantaneous_eventloop_cycles_per_sec",
	"redis_unexpected_error_replies",
	"redis_dump_payload_sanitizations",
	"redis_memory_used_vm_total",
	"redis_migrate_cached_sockets_total",
	"redis_connected_client_channel_subscriptions_count",
	"redis_connected_client_pattern_matching_subscriptions_count",
	"redis_connected_client_shard_channel_subscriptions_count",
	"redis_expire_cycle_cpu_time_ms_total",
	"redis_current_eviction_exceeded_time_ms",
	"redis_eviction_exceeded_time_ms_total",
	"redis_rdb_last_bgsave_duration_sec",
	"redis_rdb_current_bgsave_duration_sec",
	"redis_aof_last_rewrite_duration_sec",
	"redis_aof_current_rewrite_duration_sec",
}

// TestLint runs the checks of promtool.
func TestLint(t *testing.T) {
	var list []*dto.MetricFamily
	for _, f := range gather(t, sampled(t)) {
		list = append(list, f)
	}
	problems, err := promlint.NewWithMetricFamilies(list).Lint()
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string]bool{}
	for _, p := range problems {
		broken[p.Metric] = true
		if !slices.Contains(inherited, p.Metric) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for _, name := range inherited {
		if !broken[name] {
			t.Errorf("%s breaks no rule", name)
		}
	}
}
