// Command probe measures how long one client waits while others load a server:
// a connection asks PING and GET in turn every half millisecond, first alone and
// then while redis-benchmark writes millions of new keys, so that every growth
// of the table and of the memory falls into the measurement.
//
//	go run ./bench/probe -basalt bin/basalt -keys 4000000
//	go run ./bench/probe -basalt bin/basalt -drop 1000000
//
// The figure to look at is the worst wait while loading over the quiet one,
// without the waits for a processor: package prober tells of both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"text/tabwriter"
	"time"

	"basalt/bench/prober"
	"basalt/test/harness"
)

// options are the flags.
type options struct {
	redis, basalt string
	only          string
	keys          int
	pipeline      int
	clients       int
	valueSize     int
	quiet         time.Duration
	rounds        int
	port          int
	drop          int
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.redis, "redis", "redis-server", "the reference, a path or a name in PATH")
	flag.StringVar(&o.basalt, "basalt", "bin/basalt", "our server")
	flag.StringVar(&o.only, "only", "", "only this server: redis-server or basalt")
	flag.IntVar(&o.keys, "keys", 4_000_000, "SETs of the load; nearly all of them make a new key")
	flag.IntVar(&o.pipeline, "pipeline", 16, "commands in a batch of the load")
	flag.IntVar(&o.clients, "clients", 20, "connections of the load")
	flag.IntVar(&o.valueSize, "value", 64, "bytes of a value")
	flag.DurationVar(&o.quiet, "quiet", 5*time.Second, "how long to probe before the load")
	flag.IntVar(&o.rounds, "rounds", 1, "rounds; the servers take turns")
	flag.IntVar(&o.port, "port", 0, "port of the server (default: a free one)")
	flag.IntVar(&o.drop, "drop", 0, "instead of a load, delete and expire collections of so many elements")
	flag.Parse()
	// Servers run in folders of their own.
	if abs, err := filepath.Abs(o.basalt); err == nil {
		o.basalt = abs
	}
	return o
}

func main() {
	o := parseFlags()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "server\tround\tload\tprobes\tp50\tp99\tp99.9\tworst\tw/o cpu wait: p99.9\tworst\t")
	for round := range o.rounds {
		for _, s := range []struct{ name, path string }{{"redis-server", o.redis}, {"basalt", o.basalt}} {
			if o.only != "" && o.only != s.name {
				continue
			}
			if o.drop > 0 {
				if err := runDrops(ctx, o, table, s.name, s.path); err != nil {
					return fmt.Errorf("%s: %w", s.name, err)
				}
				continue
			}
			quiet, loading, err := measure(ctx, o, s.path)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			writeRow(table, s.name, round, "none", quiet)
			writeRow(table, s.name, round, fmt.Sprintf("%.1f s", loading.Took.Seconds()), loading)
		}
	}
	return table.Flush()
}

// measure starts a server and probes it, quiet and then loaded.
func measure(ctx context.Context, o options, path string) (quiet, loading *prober.Series, err error) {
	path, err = exec.LookPath(path)
	if err != nil {
		return nil, nil, err
	}
	s, err := harness.Start(harness.Options{
		Binary: path, TCP: true, Port: o.port, Args: []string{"--io-threads", "1"},
	})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	p, err := prober.Open(net.IPv4(127, 0, 0, 1), s.Port, s.Pid())
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	if _, err := p.Probe(ctx, time.Second, nil); err != nil { // warms up both
		return nil, nil, err
	}
	if quiet, err = p.Probe(ctx, o.quiet, nil); err != nil {
		return nil, nil, err
	}
	done := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		done <- writeKeys(ctx, o, s.Port)
		close(ended)
	}()
	loading, err = p.Probe(ctx, time.Hour, ended)
	return quiet, loading, errors.Join(err, <-done)
}

// writeKeys is the load.
func writeKeys(ctx context.Context, o options, port int) error {
	cmd := exec.CommandContext(ctx, "redis-benchmark", "-p", strconv.Itoa(port), "-t", "set", "-q",
		"-n", strconv.Itoa(o.keys), "-r", "2000000000", "-d", strconv.Itoa(o.valueSize),
		"-c", strconv.Itoa(o.clients), "-P", strconv.Itoa(o.pipeline))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("redis-benchmark: %w\n%s", err, out)
	}
	return nil
}

func writeRow(w *tabwriter.Writer, server string, round int, load string, s *prober.Series) {
	fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t\n", server, round+1, load, len(s.Seen),
		ms(prober.Quantile(s.Seen, 0.5)), ms(prober.Quantile(s.Seen, 0.99)), ms(prober.Quantile(s.Seen, 0.999)), ms(prober.Quantile(s.Seen, 1)),
		ms(prober.Quantile(s.Own, 0.999)), ms(prober.Quantile(s.Own, 1)))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }
