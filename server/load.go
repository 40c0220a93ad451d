package server

import (
	"errors"
	"fmt"
	"time"

	"basalt/command"
	"basalt/internal/vfs"
	"basalt/persist"
	"basalt/resp"
)

// loadBudget is for how long the executor loads before it looks at its
// clients, who are told that they have to wait.
const loadBudget = 2 * time.Millisecond

// failuresLogged is how many commands of a log that fail are worth a line.
const failuresLogged = 10

// loading is the data set being read.
type loading struct {
	file    vfs.File // of an RDB file, nil of a log
	rdb     *persist.Loader
	replay  *persist.Replay
	replies resp.Writer // of the commands of a log; nobody reads them
	chunk   []byte
	client  command.Client
	failed  int // commands of a log that replied with an error
	started time.Time
	total   int64
	read    int64
}

// beginLoading opens what there is in the data folder. The rest follows in
// slices of the loop.
func (x *executor) beginLoading() error {
	p, cfg := &x.persist, x.server.config
	l := newLoading()
	if cfg.AppendOnlyEnabled {
		replay, err := p.log.Replay(x.replayOptions())
		if err != nil {
			return fmt.Errorf("loading the append only file: %w", err)
		}
		l.replay = replay
		x.ctx.SetReplaying(true)
	} else {
		path := p.path(cfg.DBFilename)
		if there, err := p.exists(path); !there {
			return err
		}
		file, err := p.files.Open(path)
		if err != nil {
			return fmt.Errorf("loading the snapshot: %w", err)
		}
		size, err := file.Size()
		if err == nil {
			l.file = file
			l.rdb, err = persist.OpenRDB(file, size, x.keys, x.loadOptions(path, true))
		}
		if err != nil {
			return errors.Join(fmt.Errorf("loading the snapshot: %w", err), file.Close())
		}
	}
	p.loading = l
	x.gate |= gateLoading
	x.backlog = true
	return nil
}

func newLoading() *loading {
	return &loading{
		started: time.Now(), client: command.Client{Authenticated: true, Proto: resp.Proto2},
		chunk: make([]byte, 0, chunkSize),
	}
}

func (x *executor) replayOptions() persist.ReplayOptions {
	return persist.ReplayOptions{Preamble: x.preamble, Decompress: persist.Decompress}
}

func (x *executor) loadOptions(path string, dropExpired bool) persist.LoadOptions {
	return persist.LoadOptions{
		Path: path, NowMs: time.Now().UnixMilli(), DropExpired: dropExpired, Checksum: x.server.config.RDBChecksum,
		Log: func(line string) { x.server.log.Warn().Str("file", path).Msg(line) },
	}
}

// preamble begins to load the RDB file at the start of a log.
func (x *executor) preamble(f vfs.File, path string, size int64) (persist.Preamble, error) {
	loader, err := persist.OpenRDB(f, size, x.keys, x.loadOptions(path, false))
	if err != nil {
		return nil, err
	}
	return &preamble{loader, x}, nil
}

type preamble struct {
	*persist.Loader
	x *executor
}

// Close implements persist.Preamble.
func (p *preamble) Close() {
	p.x.noteLoaded(p.Loader)
	p.Loader.Close()
}

func (x *executor) noteLoaded(l *persist.Loader) {
	x.persist.loadedKeys, x.persist.expiredKeys = l.Stats()
}

// loadStep goes on loading for about budget, without end if that is 0. It
// returns the error that ends the server.
func (x *executor) loadStep(budget time.Duration) error {
	l := x.persist.loading
	var done bool
	var err error
	if l.replay != nil {
		done, err = l.replay.Step(budget, x.apply)
		l.read, l.total = l.replay.Progress()
	} else {
		done, err = l.rdb.Step(budget)
		l.read, l.total = l.rdb.Progress()
	}
	if err != nil {
		x.endLoading()
		return fmt.Errorf("loading the data set: %w", err)
	}
	if !done {
		return nil
	}
	x.endLoading()
	event := x.server.log.Info().Dur("took", time.Since(l.started)).Int("keys", x.keys.Len())
	if l.replay == nil {
		event.Msg("loaded the snapshot")
	} else {
		event.Int64("records", l.replay.Records()).Msg("loaded the append only file")
		if err := x.startLog(); err != nil {
			return err
		}
	}
	x.server.ready()
	return nil
}

// endLoading lets go of the files.
func (x *executor) endLoading() {
	p := &x.persist
	l := p.loading
	p.loading = nil
	x.gate &^= gateLoading
	if l.replay != nil {
		l.replay.Close()
		x.ctx.SetReplaying(false)
		x.ctx.W, x.ctx.Client = nil, nil
	} else {
		x.noteLoaded(l.rdb)
		l.rdb.Close()
		l.file.Close()
	}
	// What was loaded has been saved.
	x.keys.Dirty = 0
}

// apply executes a command of the log. What the command answers does not
// matter, only that it exists.
func (x *executor) apply(number int, args [][]byte) error {
	l := x.persist.loading
	c := &x.ctx
	if number >= x.keys.Count() {
		return fmt.Errorf("database %d, of %d that there are", number, x.keys.Count())
	}
	c.Client, c.W = &l.client, &l.replies
	l.client.DB = number
	l.replies.SetProto(resp.Proto2)
	err := c.Replay(x.keys.DB(number), args)
	l.replies.Release(x.server.unpin)
	l.replies.Reset(l.chunk)
	var failed *command.ReplayError
	if errors.As(err, &failed) && !failed.Unknown {
		// Redis goes on, and so do we: whoever wrote the log met the same.
		if l.failed++; l.failed <= failuresLogged {
			x.server.log.Warn().Str("command", string(args[0])).Str("reply", failed.Line).Msg("a command of the append only file failed")
		}
		return nil
	}
	return err
}
