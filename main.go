// Basalt is an in-memory data server that speaks the protocol of Redis.
//
//	basalt [file] [-] [--directive value ...]
//	basalt ping [--proxy] [--ready] [address]
//	basalt check [--fix] file ...
//	basalt --version | --help
//
// The first form serves. ping asks a running server whether it answers, or with
// --ready whether it serves, for health checks in images without a shell. check looks at RDB files, append only
// files and their manifests, and cuts torn ends off if it is told to.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"basalt/command"
	"basalt/config"
	"basalt/persist"
	"basalt/server"
)

func main() {
	// A file that must not grow is an error of the write, as a full disk is, in
	// the server and in its child.
	signal.Ignore(syscall.SIGXFSZ)
	persist.BecomeChild()
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) > 0 {
		switch args[0] {
		case "ping":
			return ping(args[1:])
		case "check":
			return check(args[1:])
		case "--version", "-v":
			fmt.Printf("Basalt server v=%s redis=%s\n", command.BasaltVersion, command.Version)
			return 0
		case "--help", "-h":
			usage(os.Stdout)
			return 0
		}
	}
	cfg, err := config.Load(args, os.Stdin, os.Environ())
	if err != nil {
		return refuse(err)
	}
	return serve(cfg)
}

// refuse reports why the configuration cannot be used.
func refuse(err error) int {
	var bad *config.Error
	if errors.As(err, &bad) {
		fmt.Fprint(os.Stderr, bad.Banner("Basalt "+command.BasaltVersion))
	} else {
		fmt.Fprintln(os.Stderr, "basalt:", err)
	}
	return 1
}

func serve(cfg *config.Config) int {
	log, closeLog, err := openLog(cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, "basalt:", err)
		return 1
	}
	defer closeLog()
	// Paths of the configuration are absolute by now or meant from there.
	if err := os.Chdir(cfg.Dir); err != nil {
		log.Error().Err(err).Str("dir", cfg.Dir).Msg("cannot start: the working directory is not accessible")
		return 1
	}
	debug.SetGCPercent(gcPercent)
	s, err := server.New(cfg, log)
	if err != nil {
		var bad *config.Error
		if errors.As(err, &bad) {
			return refuse(err)
		}
		log.Error().Err(err).Msg("cannot start")
		return 1
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for sig := range signals {
			s.Signal(sig)
		}
	}()
	if err := s.Run(); err != nil {
		log.Error().Err(err).Msg("stopped by a failure")
		return 1
	}
	return 0
}

// gcPercent lets the Go heap grow by half of what is live between collections.
// It is small, some hundred bytes a connection, and commands allocate nothing:
// collections are rare all the same, and ten thousand idle clients take less.
const gcPercent = 50

func usage(w io.Writer) {
	name := filepath.Base(os.Args[0])
	fmt.Fprintf(w, `Usage: %s [file] [-] [--directive value ...]
       %s ping [--proxy] [--ready] [address]
       %s check [--fix] file ...

Serves in memory what clients of Redis store, on 127.0.0.1:6379 unless told
otherwise. file is a configuration file in the syntax of redis.conf, - reads
one from standard input, --directive sets one on top of it. BASALT_<DIRECTIVE>
in the environment does the same: BASALT_PORT=6380.

ping is a health check: within three seconds it returns 0 if the server at the
address answers (127.0.0.1:6379 or port BASALT_PORT, a path is a Unix socket),
1 if not. Errors are answers: a server that loads, wants a password or cannot
write lives. With --ready only a PONG is good; the password for it is
BASALT_REQUIREPASS. --proxy sends the header that a listener for load balancers
asks for, as does BASALT_PROXY_PROTOCOL if that means the address.

Directives:
`, name, name, name)
	for _, d := range config.Directives() {
		if !d.Has(config.Hidden) {
			fmt.Fprintf(w, "  %-36s %s\n", d.Name, d.Default())
		}
	}
}
