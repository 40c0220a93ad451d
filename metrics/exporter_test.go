package metrics

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// absent are the metrics of redis_exporter that a node has no truthful value for,
// by pattern, with the reason.
var absent = map[string]string{
	"redis_exporter_*":                         "the exporter speaks of itself: nothing stands between Prometheus and the node",
	"redis_target_scrape_request_errors_total": "the same",

	"redis_key_*":      "keys are named by basalt_hot_key_*, basalt_costly_key_* and basalt_big_key_bytes",
	"redis_keys_count": "it is made by SCAN in the name of a scrape; basalt_prefix_* count what prefixes are used for",
	"redis_last_key_groups_scrape_duration_milliseconds": "the same",
	"redis_number_of_distinct_key_groups":                "the same",
	"redis_stream_*":                                     "they are asked of keys that are named one by one",
	"redis_script_result":                                "there are no scripts",
	"redis_script_values":                                "there are no scripts",
	"redis_evicted_scripts_total":                        "there are no scripts",

	"redis_sentinel_*":  "of another kind of server",
	"redis_tile38_*":    "of another server",
	"redis_bf_*":        "of a module",
	"redis_json_*":      "of a module",
	"redis_search_*":    "of a module",
	"redis_module_info": "one series for each module: there are none",

	"redis_cached_keys_total":        "of KeyDB",
	"redis_current_client_thread":    "of KeyDB",
	"redis_db_keys_cached":           "of KeyDB",
	"redis_long_lock_waits_total":    "of KeyDB",
	"redis_server_threads_total":     "of KeyDB",
	"redis_storage_provider_read_*":  "of KeyDB",
	"redis_memory_max_*reservation*": "of a hosted service",

	"redis_connected_slave_*":          "one series for each replica: there are none",
	"redis_master_last_io_seconds_ago": "only replicas have it",
	"redis_master_link_up":             "only replicas have it: 0 would be an alert",
	"redis_master_sync_in_progress":    "only replicas have it",
	"redis_slave_info":                 "only replicas have it",
	"redis_slave_priority":             "only replicas have it",
	"redis_slave_repl_offset":          "only replicas have it",
	"redis_cluster_current_epoch":      "only nodes of a cluster are asked",
	"redis_cluster_known_nodes":        "only nodes of a cluster are asked",
	"redis_cluster_messages_*":         "only nodes of a cluster are asked",
	"redis_cluster_my_epoch":           "only nodes of a cluster are asked",
	"redis_cluster_size":               "only nodes of a cluster are asked",
	"redis_cluster_slots_*":            "only nodes of a cluster are asked",
	"redis_cluster_state":              "only nodes of a cluster are asked: 0 would be an alert",
	"redis_cluster_stats_*":            "only nodes of a cluster are asked",
	"redis_client_biggest_input_buf":   "Redis before 5; now redis_client_recent_max_input_buffer_bytes",
	"redis_client_longest_output_list": "Redis before 5; now redis_client_recent_max_output_buffer_bytes",
	"redis_connected_clients_details":  "now redis_connected_client_info",
	"redis_allocator_muzzy_bytes":      "of jemalloc",
	"redis_memory_fragmentation_ratio": "a recorded rule: ops/prometheus has it",
}

// exported is a metric of redis_exporter.
type exported struct {
	name, kind string
	labels     []string
}

func exporterMetrics(t *testing.T) (list []exported) {
	t.Helper()
	data, err := os.ReadFile("testdata/exporter.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		e := exported{name: fields[0], kind: fields[1]}
		if len(fields) > 2 {
			e.labels = strings.FieldsFunc(fields[2], func(r rune) bool { return strings.ContainsRune(",[]", r) })
		}
		list = append(list, e)
	}
	return list
}

// otherKind are gauges of redis_exporter that count: they are counters here,
// which nobody who asks for them can tell.
var otherKind = []string{"redis_rdb_saves_total"}

// TestExporterNames: whatever redis_exporter serves is served under the same name
// and with the same labels, or it is said why not.
func TestExporterNames(t *testing.T) {
	rows := map[string]metric{}
	for _, g := range catalog() {
		for _, m := range g.metrics {
			rows[m.name] = m
		}
	}
	used := map[string]bool{}
	known := map[string]bool{}
	for _, e := range exporterMetrics(t) {
		known[e.name] = true
		why := ""
		for pattern := range absent {
			if ok, _ := path.Match(pattern, e.name); ok {
				why, used[pattern] = pattern, true
			}
		}
		row, ok := rows[e.name]
		switch {
		case !ok && why == "":
			t.Errorf("there is no %s", e.name)
		case ok && why != "":
			t.Errorf("%s is there and is said not to be: %s", e.name, why)
		case ok && (string(row.kind) != e.kind) != slices.Contains(otherKind, e.name):
			t.Errorf("%s is a %s, not a %s", e.name, row.kind, e.kind)
		case ok && !slices.Equal(row.labels, e.labels):
			t.Errorf("%s has the labels %v, not %v", e.name, row.labels, e.labels)
		}
	}
	for pattern := range absent {
		if !used[pattern] {
			t.Errorf("%s is no metric", pattern)
		}
	}
	for name := range rows {
		if strings.HasPrefix(name, "redis_") && !known[name] {
			t.Errorf("%s is not of redis_exporter", name)
		}
	}
}

// TestNamesInUse: the dashboard and the alert rules that come with the server ask
// for nothing that it does not serve.
func TestNamesInUse(t *testing.T) {
	served := map[string]bool{
		"redis_memory_fragmentation_ratio": true, // recorded by the rules
		"redis_exporter":                   true, // a word of a comment
	}
	for _, g := range catalog() {
		for _, m := range g.metrics {
			served[m.name] = true
			if m.kind == histogram || m.kind == summary {
				served[m.name+"_sum"], served[m.name+"_count"] = true, true
				served[m.name+"_bucket"] = m.kind == histogram
			}
		}
	}
	name := regexp.MustCompile(`\b(?:redis|basalt)_\w+`)
	for _, file := range []string{"grafana/basalt.json", "prometheus/basalt.rules.yml", "prometheus/basalt.rules.test.yml"} {
		data, err := os.ReadFile("../ops/" + file)
		if err != nil {
			t.Fatal(err)
		}
		asked := name.FindAllString(string(data), -1)
		if len(asked) < 5 {
			t.Errorf("%s asks for %v only", file, asked)
		}
		for _, n := range asked {
			if !served[n] {
				t.Errorf("%s asks for %s", file, n)
			}
		}
	}
}
