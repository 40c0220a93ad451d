package server

import (
	"errors"
	"fmt"
	"time"

	"basalt/command"
	"basalt/persist"
)

// The methods of command.Host about files.

// Save implements command.Host.
func (s *Server) Save() error {
	x := s.executor
	if j := x.persist.job; j != nil && !j.rewrite {
		return command.ErrSaving
	}
	return x.saveNow()
}

// BackgroundSave implements command.Host.
func (s *Server) BackgroundSave(schedule bool) (started bool, err error) {
	x := s.executor
	p := &x.persist
	switch {
	case p.job != nil && !p.job.rewrite:
		return false, command.ErrSaving
	case p.job != nil && !schedule:
		return false, command.ErrOtherChild
	case p.job != nil || !x.woundUp():
		// One that was given up is being wound up, which takes a moment.
		p.save.scheduled = true
		return false, nil
	}
	if err := x.startSave(); err != nil {
		s.log.Error().Err(err).Msg("starting to save in the background")
		return false, err
	}
	return true, nil
}

// CancelSave implements command.Host.
func (s *Server) CancelSave() (scheduled bool, err error) {
	x := s.executor
	p := &x.persist
	switch {
	case p.job != nil && !p.job.rewrite:
		x.abandon(errCancelled)
		return false, nil
	case p.save.scheduled:
		p.save.scheduled = false
		return true, nil
	}
	return false, command.ErrNotSaving
}

// LastSave implements command.Host.
func (s *Server) LastSave() int64 { return s.executor.persist.save.lastUnix }

// RewriteAOF implements command.Host. Without a log it makes one that nothing
// follows, as Redis does: its base is what a server with a log starts from.
func (s *Server) RewriteAOF() (scheduled bool, err error) {
	x := s.executor
	p := &x.persist
	switch {
	case p.job != nil && p.job.rewrite:
		return false, command.ErrRewriting
	case p.job != nil || x.logBusy() || !x.woundUp():
		p.rewrite.scheduled = true
		return true, nil
	}
	if err := x.startRewrite(); err != nil {
		s.log.Error().Err(err).Msg("starting to rewrite the append only file")
		return false, command.ErrRewriteFails
	}
	return false, nil
}

// Reload implements command.Host.
func (s *Server) Reload(o command.ReloadOptions) error {
	x := s.executor
	if x.persist.loading != nil {
		return command.ErrReloadFails
	}
	if !o.NoSave {
		if err := x.saveNow(); err != nil {
			return err
		}
	}
	if !o.NoFlush {
		x.flushAll()
	}
	if err := x.loadFile(o.Merge); err != nil {
		s.log.Error().Err(err).Msg("DEBUG RELOAD")
		return command.ErrReloadFails
	}
	return nil
}

// loadFile loads the snapshot while everybody waits.
func (x *executor) loadFile(replace bool) error {
	path := x.persist.path(x.server.config.DBFilename)
	file, err := x.persist.files.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return err
	}
	options := x.loadOptions(path, true)
	options.Replace = replace
	onNew := x.keys.OnNew
	x.keys.OnNew = nil // they were there before
	defer func() { x.keys.OnNew = onNew }()
	loader, err := persist.OpenRDB(file, size, x.keys, options)
	if err != nil {
		return err
	}
	defer loader.Close()
	for done := false; !done; {
		if done, err = loader.Step(time.Hour); err != nil {
			return err
		}
	}
	x.noteLoaded(loader)
	return nil
}

// logPatience is for how long DEBUG LOADAOF waits until the log is written.
const logPatience = 10 * time.Second

// LoadAOF implements command.Host.
func (s *Server) LoadAOF() error {
	if err := s.executor.loadLog(); err != nil {
		s.log.Error().Err(err).Msg("DEBUG LOADAOF")
		return command.ErrLoadAOFFails
	}
	return nil
}

// loadLog loads what the log says in place of what is in memory.
func (x *executor) loadLog() error {
	p := &x.persist
	if !x.ctx.Logging {
		return errors.New("the append only file is off")
	}
	end := p.log.Append(p.records.Take())
	p.log.Flush()
	for until := time.Now().Add(logPatience); p.log.Durable() < end; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			return errors.New("the append only file cannot be written")
		}
	}
	x.flushAll()
	// Its files are read by a log of their own, and this one goes on: a rewrite
	// that ends meanwhile must leave them there.
	live := p.log
	live.SetKeepHistory(true)
	defer func() { live.SetKeepHistory(x.server.config.AOFDisableAutoGC) }()
	log, err := x.logIn(live.DataFolder())
	if err == nil {
		p.log = log
		x.ctx.Logging = false
		err = x.replayNow()
		x.ctx.Logging = true
	}
	p.log = live
	return err
}

// replayNow executes the whole log while everybody waits.
func (x *executor) replayNow() error {
	before := x.ctx
	replay, err := x.persist.log.Replay(x.replayOptions())
	if err != nil {
		return err
	}
	l := newLoading()
	l.replay = replay
	x.persist.loading = l
	x.ctx.SetReplaying(true)
	_, err = replay.Step(0, x.apply)
	x.endLoading()
	c := &x.ctx
	c.W, c.Client, c.DB = before.W, before.Client, before.DB
	c.Big, c.BigBase = before.Big, before.BigBase
	c.Begin(before.Row, before.Args, before.Hash)
	return err
}

// flushAll drops everything, and does not log it.
func (x *executor) flushAll() {
	if x.ctx.Watching != 0 {
		x.server.Flushing(nil)
	}
	for i := range x.keys.Count() {
		x.keys.DB(i).Flush()
	}
}

// Flushed implements command.Host. A server with save points saves that it is
// empty before it says so, that what was flushed does not come back.
func (s *Server) Flushed() {
	x := s.executor
	if len(s.config.Save) == 0 {
		return
	}
	if j := x.persist.job; j != nil && !j.rewrite {
		x.abandon(fmt.Errorf("everything was flushed: %w", errCancelled))
	}
	x.persist.save.scheduled = false
	// What fails is in the log and in INFO.
	_ = x.saveNow()
}
