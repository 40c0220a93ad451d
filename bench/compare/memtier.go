package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
)

// memtier returns the run of memtier_benchmark with one SET for ten GETs, its
// own default.
func memtier(p programs, pipeline, requests int) runner {
	return func(ctx context.Context, n *node) (throughput, error) {
		out, err := output(ctx, p.memtier,
			"--server", "127.0.0.1", "--port", n.port, "--hide-histogram",
			"--threads", "1", "--clients", strconv.Itoa(clientCount),
			"--pipeline", strconv.Itoa(pipeline), "--requests", strconv.Itoa(requests/clientCount),
			"--data-size", strconv.Itoa(valueSize), "--ratio", "1:10",
			"--key-prefix", "key:", "--key-minimum", "1", "--key-maximum", strconv.Itoa(keyCount))
		if err != nil {
			return throughput{}, err
		}
		return parseMemtier(out)
	}
}

// parseMemtier reads the table that memtier_benchmark ends with. Its columns
// differ from version to version, their names do not; the names hold no blanks
// but that before "Latency".
func parseMemtier(out []byte) (throughput, error) {
	var names []string
	for line := range bytes.Lines(out) {
		text := strings.ReplaceAll(string(line), " Latency", "-Latency")
		fields := strings.Fields(text)
		switch {
		case len(fields) > 1 && fields[0] == "Type" && fields[1] == "Ops/sec":
			names = fields
		case len(fields) > 1 && fields[0] == "Totals" && names != nil:
			columns := map[string]int{}
			for i, name := range names {
				columns[name] = i
			}
			t := throughput{rate: cell(fields, columns, "Ops/sec"), p99Ms: cell(fields, columns, "p99-Latency")}
			if t.rate > 0 {
				return t, nil
			}
		}
	}
	return throughput{}, fmt.Errorf("memtier_benchmark: no totals in %q", out)
}
