package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
)

// What every run of a benchmark has: clients, bytes of a value, and the keys
// that names are drawn from.
const (
	clientCount = 50
	valueSize   = 64
	keyCount    = 100_000
)

// throughput is what a client says of a run.
type throughput struct {
	rate  float64 // requests per second
	p99Ms float64 // 0 when the client does not say
}

// redisBenchmark returns the run of redis-benchmark with the words given behind
// its usual options: "-t", "set" or a command of its own.
func redisBenchmark(p programs, pipeline, requests int, words ...string) runner {
	return func(ctx context.Context, n *node) (throughput, error) {
		args := []string{
			"-h", "127.0.0.1", "-p", n.port,
			"-c", strconv.Itoa(clientCount), "-d", strconv.Itoa(valueSize), "-r", strconv.Itoa(keyCount),
			"-P", strconv.Itoa(pipeline), "-n", strconv.Itoa(requests), "--csv",
		}
		out, err := output(ctx, p.benchmark, append(args, words...)...)
		if err != nil {
			return throughput{}, err
		}
		return parseRedisBenchmark(out)
	}
}

// output runs a client to its end. One that fails is quoted.
func output(ctx context.Context, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w\n%s%s", path, args, err, out, stderr.Bytes())
	}
	return out, nil
}

// parseRedisBenchmark reads the CSV of a run of one test. Before version 6.2
// it has no header and no more than name and rate.
func parseRedisBenchmark(out []byte) (throughput, error) {
	r := csv.NewReader(bytes.NewReader(out))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		return throughput{}, fmt.Errorf("redis-benchmark: %w in %q", err, out)
	}
	columns := map[string]int{"rps": 1}
	if len(records) > 0 && records[0][0] == "test" {
		for i, name := range records[0] {
			columns[name] = i
		}
		records = records[1:]
	}
	if len(records) != 1 {
		return throughput{}, fmt.Errorf("redis-benchmark: %d results where one was asked for: %q", len(records), out)
	}
	t := throughput{rate: cell(records[0], columns, "rps"), p99Ms: cell(records[0], columns, "p99_latency_ms")}
	if t.rate <= 0 {
		return throughput{}, errors.New("redis-benchmark: no rate in " + strconv.Quote(string(out)))
	}
	return t, nil
}

// cell is the number in a column, 0 when there is none.
func cell(record []string, columns map[string]int, name string) float64 {
	i, ok := columns[name]
	if !ok || i >= len(record) {
		return 0
	}
	n, err := strconv.ParseFloat(record[i], 64)
	if err != nil {
		return 0
	}
	return n
}
