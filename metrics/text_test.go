package metrics

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// lines is families in the text format as the library writes it, sorted.
func lines(t *testing.T, families map[string]*dto.MetricFamily) []string {
	t.Helper()
	var b bytes.Buffer
	for _, f := range families {
		for _, m := range f.Metric {
			slices.SortFunc(m.Label, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
		}
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	list := strings.Split(b.String(), "\n")
	slices.Sort(list)
	// These move on while the test runs.
	return slices.DeleteFunc(list, func(line string) bool {
		return strings.HasPrefix(line, "basalt_snapshot_age_seconds ") || strings.HasPrefix(line, "redis_uptime_in_seconds ")
	})
}

// TestTextIsTheSame: what is written here and what the Prometheus library makes
// of the same rows say the same, to the last label.
func TestTextIsTheSame(t *testing.T) {
	c := sampled(t)
	text := c.text(nil)
	parser := expfmt.NewTextParser(model.LegacyValidation)
	ours, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	got, want := lines(t, ours), lines(t, gather(t, c))
	if len(want) < 500 || !slices.Equal(got, want) {
		for _, line := range want {
			if _, ok := slices.BinarySearch(got, line); !ok {
				t.Errorf("missing: %s", line)
			}
		}
		for _, line := range got {
			if _, ok := slices.BinarySearch(want, line); !ok {
				t.Errorf("too much: %s", line)
			}
		}
		t.Errorf("%d lines, not %d", len(got), len(want))
	}
}

func TestFigures(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", -1: "-1", 1.7e9: "1700000000", 0.25: "0.25", 1 << 53: "9.007199254740992e+15", -1e300: "-1e+300", 123456789.5: "1.234567895e+08",
	} {
		if got := string(appendFigure(nil, value)); got != want {
			t.Errorf("%v is written %s, want %s", value, got, want)
		}
	}
}

// TestTextAllocatesLittle: a scrape of many commands must not be a burden to the
// garbage collector.
func TestTextAllocatesLittle(t *testing.T) {
	e := NewExchange(func() {})
	busy(e.Begin())
	e.Publish()
	c := NewCollector(e, sampleProcess)
	b := c.text(nil)
	if n := strings.Count(string(b), "\n"); n < 5000 {
		t.Fatalf("%d lines", n)
	}
	if n := testing.AllocsPerRun(10, func() { b = c.text(b[:0]) }); n > 1500 {
		t.Errorf("%v allocations", n)
	}
}
