package command

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"basalt/config"
)

// never are words that are advice for Redis, and wrong here: nothing forks, large
// values are freed in slices, no data is moved, huge pages are wanted.
var never = []string{"fork", "huge", "Xen", "hypervis", "ext3", "jemalloc", "Jemalloc", "lazyfree-lazy", "redis.io"}

func says(t *testing.T, report string, has, not []string) {
	t.Helper()
	for _, words := range has {
		if !strings.Contains(report, words) {
			t.Errorf("%q is missing in\n%s", words, report)
		}
	}
	for _, words := range slices.Concat(not, never) {
		if strings.Contains(report, words) {
			t.Errorf("%q is in\n%s", words, report)
		}
	}
	if !strings.HasSuffix(report, "\n") {
		t.Errorf("no end of line: %q", report)
	}
}

// advised are what tells pieces of advice apart.
var advised = struct {
	slowGet, slowOff, slowRoom, slowHigh, scan, replies, everysec, syncNo, disk, onRewrite, expire, room,
	tenacity, rehash, snapshot, compression, gc, timeout, machine, cpus string
}{
	"SLOWLOG GET", "The slow log is off", "slowlog-max-len 128", "names the slowest", "SSCAN", "COMMANDLOG GET 10 large-reply",
	"appendfsync everysec", "appendfsync no ", "local disk", "no-appendfsync-on-rewrite yes", "A random part", "higher maxmemory",
	"maxmemory-eviction-tenacity 10", "activerehashing no", "bgsave_cpulist", "rdbcompression no", "garbage collector",
	"timeout 0", "nr_throttled", "server_cpulist",
}

// TestLatencyDoctor: for each state the advice that belongs to it, and none that
// does not.
func TestLatencyDoctor(t *testing.T) {
	w := advised
	slow := []string{w.slowGet, w.slowOff, w.slowRoom, w.slowHigh, w.scan}
	disk := []string{w.everysec, w.syncNo, w.disk, w.onRewrite}
	background := []string{w.expire, w.room, w.tenacity, w.rehash, w.snapshot, w.compression, w.gc, w.timeout}
	machine := []string{w.machine, w.cpus}
	for _, c := range []struct {
		name     string
		settings string // of the configuration, name=value
		events   string
		replies  int
		has, not []string
	}{
		{"off", "latency-monitor-threshold=0", "", 0, []string{"is off", "CONFIG SET latency-monitor-threshold"},
			slices.Concat(slow, disk, background, machine)},
		{"quiet", "", "", 0, []string{"Nothing took 5 ms or longer"}, slices.Concat(slow, disk, background, machine, []string{"is off"})},
		{"off by now", "latency-monitor-threshold=0", "command", 0, []string{"1. command:", "off by now", w.slowGet, w.scan},
			slices.Concat(disk, background, machine, []string{w.slowHigh})},
		{"command", "slowlog-log-slower-than=5000", "command", 0, []string{"SLOWLOG GET names these commands.", w.scan},
			slices.Concat(disk, background, machine, []string{w.slowHigh, w.slowOff, w.slowRoom, w.replies, "off by now"})},
		{"command, slow log higher", "slowlog-log-slower-than=5001", "command", 0,
			[]string{w.slowHigh, "slowlog-log-slower-than 5000 ", w.scan}, []string{w.slowOff, w.slowRoom}},
		{"command, slow log off", "slowlog-log-slower-than=-1", "command", 0,
			[]string{w.slowOff, "slowlog-log-slower-than 5000.", w.scan}, []string{w.slowGet, w.slowRoom}},
		{"command, slow log without room", "slowlog-max-len=0", "command", 0, []string{w.slowRoom, w.scan}, []string{w.slowGet, w.slowOff}},
		{"command, a threshold without end", "latency-monitor-threshold=9223372036854775807 slowlog-log-slower-than=-1", "command", 0,
			[]string{"slowlog-log-slower-than 9223372036854775000."}, nil},
		{"command, large replies", "", "command", 3, []string{w.replies, "3 by now"}, []string{w.machine}},
		{"fast command", "", "fast-command", 0, machine, slices.Concat(slow, disk, background, []string{w.replies})},
		{"fast command, large replies", "", "fast-command", 1, []string{w.replies, w.machine}, slow},
		{"fast command, pinned", "server_cpulist=0", "fast-command", 0, []string{w.machine}, []string{w.cpus}},
		{"always", "appendfsync=always", "aof-fsync-always", 0, []string{w.everysec, w.disk, w.onRewrite},
			slices.Concat(slow, background, machine, []string{w.syncNo})},
		{"always, not any more", "", "aof-fsync-always", 0, []string{w.disk, w.onRewrite}, []string{w.everysec, w.syncNo}},
		{"always, nothing in a rewrite", "appendfsync=always no-appendfsync-on-rewrite=yes", "aof-fsync-always", 0,
			[]string{w.everysec, w.disk}, []string{w.onRewrite}},
		{"everysec", "", "aof-write-pending-fsync", 0, []string{w.syncNo, w.disk, w.onRewrite},
			slices.Concat(slow, background, machine, []string{w.everysec})},
		{"no sync", "appendfsync=no", "aof-write-pending-fsync", 0, []string{w.disk}, []string{w.everysec, w.syncNo, w.onRewrite}},
		{"expiry", "", "expire-cycle", 0, []string{w.expire, w.machine}, slices.Concat(slow, disk, []string{w.room, w.rehash, w.gc})},
		{"eviction", "", "eviction-cycle", 0, []string{w.room, w.machine}, slices.Concat(slow, disk, []string{w.tenacity, w.expire})},
		{"eviction, tenacious", "maxmemory-eviction-tenacity=11", "eviction-cycle", 0, []string{w.room, w.tenacity}, []string{w.expire}},
		{"rehash", "", "rehash", 0, []string{w.rehash, w.machine}, slices.Concat(slow, disk, []string{w.room, w.expire})},
		{"rehash by commands", "activerehashing=no", "rehash", 0, []string{w.machine}, []string{w.rehash}},
		{"snapshot", "", "snapshot", 0, []string{w.snapshot, w.compression, w.machine}, slices.Concat(slow, disk, []string{w.rehash})},
		{"snapshot, plain", "rdbcompression=no", "snapshot", 0, []string{w.snapshot}, []string{w.compression}},
		{"free", "", "lazyfree", 0, machine, slices.Concat(slow, disk, background)},
		{"gc", "", "gc", 0, []string{w.gc, w.machine}, slices.Concat(slow, disk, []string{w.timeout, w.expire})},
		{"cron", "", "cron", 0, machine, slices.Concat(slow, disk, background)},
		{"cron with a timeout", "timeout=60", "cron", 0, []string{w.timeout, w.machine}, []string{w.gc}},
		{"several", "appendfsync=always", "aof-fsync-always command gc", 0,
			[]string{"1. aof-fsync-always:", "2. command:", "3. gc:", w.everysec, w.scan, w.gc, w.machine}, []string{w.expire, w.room}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"--latency-monitor-threshold", "5"}
			for _, setting := range strings.Fields(c.settings) {
				name, value, _ := strings.Cut(setting, "=")
				args = append(args, "--"+name, value)
			}
			cfg, err := config.Load(args, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			var l LatencyMonitor
			for _, event := range strings.Fields(c.events) {
				l.Add(event, 100, 7)
			}
			report := l.report(101, &diagnosis{cfg, c.replies})
			says(t, report, c.has, c.not)
			for line := range strings.Lines(report) {
				if strings.HasPrefix(line, "- ") && strings.Count(report, line) != 1 {
					t.Errorf("said twice: %s", line)
				}
			}
		})
	}
}

// TestLatencyFigures: what the doctor says of the samples.
func TestLatencyFigures(t *testing.T) {
	cfg := config.Default()
	for _, c := range []struct {
		samples []latencySample
		now     int64
		want    string
	}{
		{[]latencySample{{100, 20}}, 100, "1 spike (average 20 ms, mean deviation 0 ms, one every 1.00 s), at worst 20 ms."},
		{[]latencySample{{100, 20}}, 99, "1 spike (average 20 ms, mean deviation 0 ms, one every 1.00 s), at worst 20 ms."},
		{[]latencySample{{100, 20}}, 103, "1 spike (average 20 ms, mean deviation 0 ms, one every 3.00 s), at worst 20 ms."},
		{[]latencySample{{100, 20}, {101, 80}, {103, 300}}, 107,
			"3 spikes (average 133 ms, mean deviation 111 ms, one every 2.33 s), at worst 300 ms."},
	} {
		var l LatencyMonitor
		for _, s := range c.samples {
			l.Add("command", s.unixS, s.millis)
		}
		if got := l.report(c.now, &diagnosis{cfg: cfg}); !strings.Contains(got, "\n1. command: "+c.want+"\n") {
			t.Errorf("want %s in\n%s", c.want, got)
		}
	}
}

// TestMemoryDoctor: for each state the advice that belongs to it, and none that
// does not.
func TestMemoryDoctor(t *testing.T) {
	const mega = 1 << 20
	const peak, rss, fragmentation, pages, process, clients = "- Peak:", "- RSS:", "- Fragmentation:", "- Free pages:", "- Process:", "- Clients:"
	all := []string{peak, rss, fragmentation, pages, process, clients}
	// Of a node with 100 MB in good order, in MB.
	type node struct{ used, peak, rss, allocated, active, resident, clientKB, connected int64 }
	good := node{100, 100, 125, 95, 104, 108, 50, 1}
	for _, c := range []struct {
		name   string
		change func(n *node)
		has    string
	}{
		{"empty", func(n *node) { *n = node{4, 100, 200, 3, 100, 200, 1000, 1} }, ""},
		{"little", func(n *node) { *n = node{6, 6, 37, 4, 20, 22, 50, 1} }, ""},
		{"good", func(*node) {}, ""},
		{"a small peak", func(n *node) { n.peak = 150 }, ""},
		{"a peak", func(n *node) { n.peak = 151 }, peak},
		{"RSS", func(n *node) { n.rss = 141 }, rss + process},
		{"RSS of a small node", func(n *node) { *n = node{10, 10, 42, 8, 10, 12, 50, 1} }, ""},
		{"holes", func(n *node) { n.active, n.resident, n.rss = 128, 130, 139 }, fragmentation},
		{"holes that are many", func(n *node) { n.active, n.resident, n.rss = 128, 130, 141 }, rss + fragmentation},
		{"a reserve", func(n *node) { n.active, n.resident = 127, 130 }, ""},
		{"holes of a large node", func(n *node) { *n = node{1000, 1000, 1150, 1000, 1099, 1110, 50, 1} }, ""},
		{"pages", func(n *node) { n.resident, n.rss = 137, 140 }, pages},
		{"the process", func(n *node) { n.rss = 140 + 1; n.used, n.peak = 120, 120 }, process},
		{"clients", func(n *node) { n.clientKB, n.connected = 2001, 10 }, clients},
		{"many clients", func(n *node) { n.clientKB, n.connected = 2000, 10 }, ""},
		{"no clients", func(n *node) { n.clientKB, n.connected = 2000, 0 }, ""},
		{"behind a peak", func(n *node) { *n = node{40, 119, 150, 40, 127, 132, 50, 1} }, peak + rss + fragmentation},
		{"all", func(n *node) { *n = node{100, 300, 400, 100, 200, 300, 300, 1} }, strings.Join(all, "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := good
			c.change(&n)
			var st Status
			m := &st.Memory
			m.Used, m.Peak, m.RSS = n.used*mega, n.peak*mega, n.rss*mega
			m.Allocated, m.Active, m.Resident = n.allocated*mega, n.active*mega, n.resident*mega
			st.Clients.Memory, st.Clients.Connected = n.clientKB<<10, int(n.connected)
			has := regexp.MustCompile(`- [A-Z][^:]*:`).FindAllString(c.has, -1)
			not := slices.DeleteFunc(slices.Clone(all), func(words string) bool { return slices.Contains(has, words) })
			if len(has) == 0 {
				has = []string{map[bool]string{true: "too little data", false: "no issue found"}[n.used < 5]}
			}
			says(t, memoryReport(&st), has, not)
		})
	}
	// Each names what helps.
	var st Status
	st.Memory.Used, st.Memory.Peak, st.Memory.RSS = 100*mega, 300*mega, 400*mega
	st.Memory.Allocated, st.Memory.Active, st.Memory.Resident = 100*mega, 200*mega, 300*mega
	st.Clients.Memory, st.Clients.Connected = 3*mega, 2
	says(t, memoryReport(&st), []string{"MEMORY PURGE", "activedefrag", "maxmemory-clients", "client-output-buffer-limit", "CLIENT LIST",
		"300.00M were in use once and 100.00M are now", fmt.Sprintf("%d connections take 3.00M", 2)}, nil)
}
