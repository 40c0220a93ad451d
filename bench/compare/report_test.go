package main

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// sampleReport has names that need quoting, a row without values, and both
// kinds of goals.
func sampleReport() *report {
	one := func(rate, micros float64) sample {
		return sample{throughput: throughput{rate: rate, p99Ms: 1}, cpuMicros: micros}
	}
	r := &report{options: options{rounds: 3}, versions: [servers]string{"7.0.15", "<dev> & more"}}
	r.timings = []timing{
		{
			workload: workload{name: "SET", pipeline: 1, goal: 0.9},
			samples: [servers][]sample{
				{one(100, 10), one(110, 12), one(90, 11)},
				{one(200, 5), one(210, 6), one(190, 5.5)},
			},
		},
		{workload: workload{name: `"a",b <c> & d`, pipeline: 16}},
		{workload: workload{name: "MSET", pipeline: 16, heavy: true}},
	}
	r.figures = []figure{
		{name: "key", unit: "bytes/key", goal: 104, values: [servers][]float64{{168}, {100}}},
		{name: "idle", unit: "bytes", values: [servers][]float64{{20000}, {-8}}},
	}
	r.persist.add(figure{name: "BGSAVE: memory", unit: unitGrowth, goal: goalGrowth}, reference, 91.5)
	r.persist.add(figure{name: "BGSAVE: memory"}, ours, 3.25)
	r.persist.add(figure{name: "always", unit: unitRate, more: true, goal: 1.2, isRate: true}, ours, 50_000)
	hits := figure{name: "zipf, lru", unit: unitHits, more: true, goal: goalHits, isRate: true, label: "lru", panel: "Hits"}
	r.eviction.add(hits, reference, 70.25)
	r.eviction.add(hits, ours, 71.5)
	r.eviction.add(figure{name: "zipf, lru, held", unit: unitCount, label: "held"}, ours, 1234)
	r.leave("HSET", "not on both servers")
	r.leave("ZADD", "not on both servers")
	return r
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	sampleReport().writeTable(&out)
	for _, want := range []string{
		"median of 3 rounds", "100", "200", "2.00", "11.000", "5.500", "0.50", "0.90",
		"91.50", "3.25", "10.00", "x 1.20",
		"70.25", "71.50", "1234.00",
		"left out, not on both servers: HSET, ZADD\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestCSV(t *testing.T) {
	var out bytes.Buffer
	if err := sampleReport().writeCSV(&out); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&out).ReadAll() // asks for the same number of fields in all
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1+3+2+2+2 { // the header, three figures of the timing that has values, two of memory, persistence and eviction
		t.Fatalf("%d lines: %q", len(records), records)
	}
	got := strings.Join(records[2], ",")
	if want := "SET,1,cpu,us/op,3,11.0000,5.5000,0.5000,10.0000,5.0000,0.90,ratio"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestChartIsWellFormed reads the picture as XML: one root, names escaped, and
// every bar where it can be seen.
func TestChartIsWellFormed(t *testing.T) {
	for name, r := range map[string]*report{"of all": sampleReport(), "of nothing": {}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := r.writeChart(&out); err != nil {
				t.Fatal(err)
			}
			checkChart(t, out.Bytes())
		})
	}
}

// TestPanelsOfEviction: figures with a panel are drawn in it, others are not.
func TestPanelsOfEviction(t *testing.T) {
	all := sampleReport().panels()
	last := all[len(all)-1]
	if last.title != "Hits" || len(last.groups) != 1 || last.groups[0].name != "lru" || last.groups[0].values[ours] != 71.5 {
		t.Errorf("the last panel is %+v", last)
	}
}

func checkChart(t *testing.T, picture []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(picture))
	height := 0.0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, picture)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if element.Name.Local == "svg" {
			height = attribute(element, "height")
			continue
		}
		x, y := attribute(element, "x"), attribute(element, "y")
		width, tall := attribute(element, "width"), attribute(element, "height")
		if x < 0 || y < 0 || width < 0 || x+width > chartWidth || y+tall > height {
			t.Errorf("%s at %v, %v, %v wide is out of the picture", element.Name.Local, x, y, width)
		}
	}
	if height == 0 {
		t.Errorf("no picture in\n%s", picture)
	}
}

// attribute is a number of an element, 0 when it is none or in percent.
func attribute(element xml.StartElement, name string) float64 {
	for _, a := range element.Attr {
		if n, err := strconv.ParseFloat(a.Value, 64); a.Name.Local == name && err == nil {
			return n
		}
	}
	return 0
}
