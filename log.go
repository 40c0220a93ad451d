package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"basalt/config"
)

// openLog opens the log that the configuration asks for. Its levels have
// Redis's names; errors, which Redis has no name for, are above warnings.
func openLog(cfg *config.Config) (zerolog.Logger, func(), error) {
	var out io.Writer = os.Stdout
	console, closeLog := isTerminal(os.Stdout), func() {}
	if cfg.LogFile != "" {
		l := &logFile{path: cfg.Path(cfg.LogFile)}
		if err := l.open(); err != nil {
			return zerolog.Logger{}, nil, fmt.Errorf("opening the log: %w", err)
		}
		out, console, closeLog = l, isTerminal(l.file), func() { l.file.Close() }
	}
	zerolog.LevelTraceValue, zerolog.LevelDebugValue = "debug", "verbose"
	zerolog.LevelInfoValue, zerolog.LevelWarnValue = "notice", "warning"
	zerolog.TimeFieldFormat = time.RFC3339Nano
	if cfg.LogFormat == config.LogConsole || cfg.LogFormat == config.LogAuto && console {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.StampMilli}
	}
	return zerolog.New(out).With().Timestamp().Logger(), closeLog, nil
}

// logFile is a log that may be moved away, as those do that rotate logs: the
// next line goes into a new file. Redis opens its log for every line, and what
// is set up to rotate it relies on that: no signal tells the server.
type logFile struct {
	mu   sync.Mutex
	path string
	file *os.File
	is   os.FileInfo // of file
}

// open opens the file of the path, in place of the one that is open.
func (l *logFile) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	is, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	if l.file != nil {
		l.file.Close()
	}
	l.file, l.is = f, is
	return nil
}

// Write implements io.Writer. Where no new file can be opened, the old one takes
// the line.
func (l *logFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if there, err := os.Stat(l.path); err != nil || !os.SameFile(there, l.is) {
		_ = l.open()
	}
	return l.file.Write(b)
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}
