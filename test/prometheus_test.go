package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"basalt/test/harness"
)

// tool finds a program that make test installs.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v; sh test/references.sh prometheus installs it", err)
	}
	return path
}

var rules = filepath.Join(harness.Root(), "ops", "prometheus", "basalt.rules.yml")

// TestRules: promtool takes the alert rules, and all of them fire when they should.
func TestRules(t *testing.T) {
	t.Parallel()
	tests := strings.TrimSuffix(rules, ".yml") + ".test.yml"
	tested := string(read(t, "", tests))
	for _, alert := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(read(t, "", rules)), -1) {
		if !strings.Contains(tested, "alertname: "+alert[1]+"\n") {
			t.Errorf("nothing tests %s", alert[1])
		}
	}
	for _, args := range [][]string{
		{"check", "rules", rules}, {"test", "rules", tests},
	} {
		if out, err := exec.Command(tool(t, "promtool"), args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// lintedNames are names of redis_exporter that promtool does not like.
var lintedNames = regexp.MustCompile(`^(redis_\w+ |go_\w+ |process_\w+ )`)

// TestPromtoolLint: nothing of ours breaks the rules of naming.
func TestPromtoolLint(t *testing.T) {
	t.Parallel()
	s, port := startWithMetrics(t, 1, "--metrics-key-prefixes", "key:")
	c := dial(t, s)
	want(t, c, "+OK\r\n", "SET", "key:1", "v")
	cmd := exec.Command(tool(t, "promtool"), "check", "metrics")
	cmd.Stdin = strings.NewReader(scrape(t, port, "/metrics"))
	out, _ := cmd.CombinedOutput()
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if line != "" && !lintedNames.MatchString(line) {
			t.Error(line)
		}
	}
}

// prometheus is a running one that scrapes a node.
type prometheusServer struct{ port int }

func startPrometheus(t *testing.T, target int) *prometheusServer {
	t.Helper()
	dir := t.TempDir()
	port, err := harness.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s\nrule_files:\n- %q\n"+
		"scrape_configs:\n- job_name: basalt\n  static_configs:\n  - targets: [\"127.0.0.1:%d\"]\n", rules, target)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "prometheus"), "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address=127.0.0.1:"+strconv.Itoa(port), "--enable-feature=native-histograms", "--log.level=warn")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return &prometheusServer{port}
}

// ask returns the values of an expression by series, nil while there are none.
func (p *prometheusServer) ask(t *testing.T, expr string) map[string]float64 {
	t.Helper()
	r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/api/v1/query?query=%s", p.port, url.QueryEscape(expr)))
	if err != nil {
		return nil // it does not listen yet
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	var reply struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err != nil || r.StatusCode == http.StatusServiceUnavailable {
		return nil
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.Status != "success" {
		t.Fatalf("%s: %v %s", expr, err, body)
	}
	values := map[string]float64{}
	for _, series := range reply.Data.Result {
		var labels []string
		for name, value := range series.Metric {
			labels = append(labels, name+"="+value)
		}
		slices.Sort(labels)
		text, _ := series.Value[1].(string)
		values[strings.Join(labels, ",")], _ = strconv.ParseFloat(text, 64)
	}
	return values
}

// TestPrometheus: a real one scrapes a node under load. No scrape fails, counters
// and native histograms arrive, and every panel of the dashboard has an
// expression that it understands.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	s, port := startWithMetrics(t, 2, "--metrics-key-prefixes", "key:")
	p := startPrometheus(t, port)
	c := dial(t, s)
	rates := func() bool { return p.ask(t, `rate(redis_commands_total{cmd="get"}[5s]) > 0`) != nil }
	deadline := time.Now().Add(harness.Patience)
	for sent := 0; ; sent++ {
		want(t, c, "+OK\r\n", "SET", "key:"+strconv.Itoa(sent%100), "v")
		want(t, c, "$1\r\nv\r\n", "GET", "key:"+strconv.Itoa(sent%100))
		if sent%5000 != 4999 {
			continue
		}
		if rates() && len(p.ask(t, `rate(redis_commands_total{cmd="get"}[5s]) > 0`)) == 1 &&
			len(p.ask(t, `histogram_quantile(0.99, rate(basalt_command_latency_seconds{cmd="get"}[5s])) > 0`)) == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("Prometheus has no rates")
		}
	}
	for expr, want := range map[string]float64{
		`up{job="basalt"}`: 1, `min_over_time(up{job="basalt"}[1m])`: 1, `redis_up`: 1, `count(basalt_build_info)`: 1,
		`count(count by (phase) (histogram_count(basalt_command_phase_seconds{cmd="get"})))`: 3,
	} {
		got := p.ask(t, expr)
		if len(got) != 1 {
			t.Errorf("%s: %v", expr, got)
		}
		for _, v := range got {
			if v != want {
				t.Errorf("%s: %v, want %v", expr, v, want)
			}
		}
	}
	checkDashboard(t, p)
}

// checkDashboard has every expression of the dashboard evaluated, and looks for
// names that no scrape has.
func checkDashboard(t *testing.T, p *prometheusServer) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(harness.Root(), "ops", "grafana", "basalt.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$instance", ".+", "$__rate_interval", "5s")
	metric := regexp.MustCompile(`\b(?:redis|basalt)_\w+`)
	// These appear with an event that this test does not cause, or for keys that
	// take more time than its commands do.
	rare := []string{"redis_errors_total", "basalt_costly_key_busy_ratio", "basalt_hot_key_calls_per_second"}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			p.ask(t, variables.Replace(target.Expr))
			for _, name := range metric.FindAllString(target.Expr, -1) {
				// A histogram with native buckets has no classic ones here.
				name = strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum")
				if len(p.ask(t, name)) == 0 && len(p.ask(t, "histogram_count("+name+")")) == 0 && !slices.Contains(rare, name) {
					t.Errorf("%s: there is no %s", panel.Title, name)
				}
			}
		}
	}
}
