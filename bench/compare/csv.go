package main

import (
	"encoding/csv"
	"io"
	"strconv"
)

// writeCSV writes a line for each figure: a ratio is ours against the
// reference's, best is the lowest cost or the highest rate of the rounds.
func (r *report) writeCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	_ = w.Write([]string{
		"test", "pipeline", "figure", "unit", "rounds",
		"redis_median", "basalt_median", "ratio", "redis_best", "basalt_best", "goal", "goal_is",
	})
	for _, t := range r.timings {
		for _, f := range []figure{t.rates(), t.cpu(), t.p99()} {
			if f.median(reference) > 0 {
				_ = w.Write(csvLine(t.name, strconv.Itoa(t.pipeline), f))
			}
		}
	}
	for _, f := range r.figures {
		_ = w.Write(csvLine("memory", "", f))
	}
	for _, f := range r.persist {
		_ = w.Write(csvLine("persistence", "", f))
	}
	for _, f := range r.eviction {
		_ = w.Write(csvLine("eviction", "", f))
	}
	w.Flush()
	return w.Error() // of any of the writes
}

func csvLine(test, pipeline string, f figure) []string {
	goalIs := ""
	switch {
	case f.goal == 0:
	case f.isRate:
		goalIs = "ratio"
	default:
		goalIs = "value"
	}
	exact := func(n float64) string { return strconv.FormatFloat(n, 'f', 4, 64) }
	return []string{
		test, pipeline, f.name, f.unit, strconv.Itoa(len(f.values[ours])),
		exact(f.median(reference)), exact(f.median(ours)), exact(f.ratio()),
		exact(f.best(reference)), exact(f.best(ours)), number(f.goal, 2), goalIs,
	}
}
