// Command compare measures basalt and redis-server side by side on this
// machine: requests per second and processor time per operation under
// redis-benchmark, under memtier_benchmark where it is installed and under our
// own mixed load, then bytes per key, the price of idle connections, what saving
// and the append only file cost, how often a full cache has what it is asked for
// and what evicting costs, what overload does to those who are served, and what a client waits while others load the server.
//
//	go run ./bench/compare -quick -out bench/results
//
// Processor time per operation is the number to look at. Clients and server
// share the processors of one machine, so that requests per second say as much
// about the client as about the server; what the server used of the processor is
// its own.
//
// Both servers stay up and take turns, run by run, so that whatever else the
// machine does meets both; each figure is the median of the rounds. The one that
// is not driven sleeps. The results go to stdout as a table and into a directory
// as compare.csv and compare.svg.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	quick     bool
	rounds    int
	out       string
	redis     string
	basalt    string
	ioThreads int
	only      string
}

func parseFlags() options {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "shorter runs and fewer rounds: about ten minutes in all on a machine that does nothing else")
	flag.IntVar(&o.rounds, "rounds", 0, "rounds of each run (default 5, 3 with -quick)")
	flag.StringVar(&o.out, "out", "bench/results", "directory of compare.csv and compare.svg")
	flag.StringVar(&o.redis, "redis", "redis-server", "the reference, a path or a name in PATH")
	flag.StringVar(&o.basalt, "basalt", "bin/basalt", "our server")
	flag.IntVar(&o.ioThreads, "io-threads", 0, "io-threads of our server (default: as it chooses)")
	flag.StringVar(&o.only, "only", "", "only the runs whose name contains this")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "compare: %q is no flag\n", flag.Arg(0))
		os.Exit(2)
	}
	if o.rounds < 1 {
		o.rounds = 5
		if o.quick {
			o.rounds = 3
		}
	}
	return o
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, parseFlags()); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	paths, err := findPrograms(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	begin := time.Now()
	rep := report{options: o}
	for _, part := range []func(context.Context, options, programs, *report) error{
		measureSpeed, measureMemory, measureIdle, measurePersistence, measureHits, measureLimit, measureOverload, measureWaits,
	} {
		if err := part(ctx, o, paths, &rep); err != nil {
			return err
		}
	}
	rep.writeTable(os.Stdout)
	fmt.Printf("\n%s\n", time.Since(begin).Round(time.Second))
	return rep.save(o.out)
}

// programs are the paths of what is run.
type programs struct {
	servers   [servers]string
	benchmark string // redis-benchmark
	memtier   string // empty when it is not installed
}

func findPrograms(o options) (programs, error) {
	var p programs
	for s, name := range map[server]string{reference: o.redis, ours: o.basalt} {
		path, err := exec.LookPath(name)
		if err != nil {
			return p, err
		}
		// The servers run in directories of their own.
		if p.servers[s], err = filepath.Abs(path); err != nil {
			return p, err
		}
	}
	// A reference that was built from source has its tools beside it.
	p.benchmark = filepath.Join(filepath.Dir(p.servers[reference]), "redis-benchmark")
	if _, err := os.Stat(p.benchmark); err != nil {
		if p.benchmark, err = exec.LookPath("redis-benchmark"); err != nil {
			return p, err
		}
	}
	p.memtier, _ = exec.LookPath("memtier_benchmark")
	return p, nil
}

// wanted says whether -only lets a run through.
func (o options) wanted(name string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(o.only))
}

// progress says on stderr what is being measured.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
