package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
)

// report is everything that was measured.
type report struct {
	options  options
	versions [servers]string
	timings  []timing
	figures  []figure
	persist  collected
	eviction collected
	overload string // a table
	waits    string // the prober's table
	leftOut  leftOut
}

// leftOut is what was not measured, by reason.
type leftOut struct {
	reasons []string
	names   map[string][]string
}

// leave notes what was not measured, and why.
func (r *report) leave(name, reason string) {
	l := &r.leftOut
	if l.names == nil {
		l.names = map[string][]string{}
	}
	if l.names[reason] == nil {
		l.reasons = append(l.reasons, reason)
	}
	l.names[reason] = append(l.names[reason], name)
}

// title says what was compared, and where.
func (r *report) title() string {
	names := make([]string, servers)
	for s := range servers {
		names[s] = strings.TrimSpace(s.String() + " " + r.versions[s])
	}
	return fmt.Sprintf("%s on %d processors, %s/%s",
		strings.Join(names, " and "), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
}

// method says how the numbers came about.
func (r *report) method() string {
	return fmt.Sprintf("%d clients, values of %d bytes, %d keys (mixed: %d); median of %d rounds",
		clientCount, valueSize, keyCount, mixedKeyCount, r.options.rounds)
}

// writeTable writes the results for people. A ratio is ours against the
// reference's.
func (r *report) writeTable(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n%s\n\n", r.title(), r.method())
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.timings) > 0 {
		fmt.Fprintln(t, "test\tpipeline\tredis req/s\tbasalt req/s\tratio\tredis us/op\tbasalt us/op\tratio\tgoal\tredis least\tbasalt least\t")
	}
	for _, row := range r.timings {
		rate, cpu := row.rates(), row.cpu()
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.0f\t%.2f\t%.3f\t%.3f\t%.2f\t%s\t%.3f\t%.3f\t\n",
			row.name, row.pipeline, rate.median(reference), rate.median(ours), rate.ratio(),
			cpu.median(reference), cpu.median(ours), cpu.ratio(), number(cpu.goal, 2),
			cpu.best(reference), cpu.best(ours))
	}
	t.Flush()
	if len(r.figures) > 0 {
		fmt.Fprintln(t, "\nmemory\tunit\tredis\tbasalt\tratio\tgoal\t")
	}
	for _, f := range r.figures {
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%.1f\t%.2f\t%s\t\n",
			f.name, f.unit, f.median(reference), f.median(ours), f.ratio(), number(f.goal, 0))
	}
	t.Flush()
	r.persist.write(t, "persistence")
	r.eviction.write(t, "eviction")
	if r.overload != "" {
		fmt.Fprintf(out, "\nwhat clients wait when more comes than the node can do, without overload-target and with it\n%s", r.overload)
	}
	if r.waits != "" {
		fmt.Fprintf(out, "\nwhat one client waits while others write new keys\n%s", r.waits)
	}
	for _, reason := range r.leftOut.reasons {
		fmt.Fprintf(out, "\nleft out, %s: %s\n", reason, strings.Join(r.leftOut.names[reason], ", "))
	}
}

// write writes the figures as a table of their own.
func (c collected) write(t *tabwriter.Writer, title string) {
	if len(c) > 0 {
		fmt.Fprintf(t, "\n%s\tunit\trounds\tredis\tbasalt\tratio\tgoal\tredis best\tbasalt best\t\n", title)
	}
	for _, f := range c {
		// The reference has no zstd.
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%.2f\t%s\t%s\t%s\t%.2f\t\n",
			f.name, f.unit, len(f.values[ours]), number(f.median(reference), 2), f.median(ours), number(f.ratio(), 2), f.wish(),
			number(f.best(reference), 2), f.best(ours))
	}
	t.Flush()
}

// number formats what may be absent, which 0 stands for.
func number(n float64, decimals int) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', decimals, 64)
}

// save writes the files.
func (r *report) save(directory string) error {
	var errs []error
	for name, write := range map[string]func(io.Writer) error{
		"compare.csv": r.writeCSV,
		"compare.svg": r.writeChart,
	} {
		errs = append(errs, writeFile(filepath.Join(directory, name), write))
	}
	return errors.Join(errs...)
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
