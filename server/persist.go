package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"basalt/command"
	"basalt/config"
	"basalt/internal/ticks"
	"basalt/internal/vfs"
	"basalt/persist"
)

const (
	// gateLoading is set while the data set is being read: most commands are
	// refused.
	gateLoading = gateMemory << 1
	// gateDisk is set while what would be written could not be kept: commands
	// that write are refused.
	gateDisk = gateLoading << 1
	// gateBehind is set while more waits for the disk, or for the child that
	// takes a snapshot, than there is memory for: commands that write wait too.
	gateBehind = gateDisk << 1
)

// persistence is what the executor knows of the files in the data folder.
type persistence struct {
	files vfs.FS
	dir   string // absolute
	// gone is closed when nothing is left of the child that was given up last.
	gone <-chan struct{}
	// folders are those that are locked.
	folders heldFolders
	// log is the append only file, nil before it is first asked for. While it is
	// on, it stays in the folder that it was opened in.
	log     *persist.AOF
	records command.Log
	// failing says that the log could not be written when that was looked at last.
	failing bool
	// always says that the replies of writes wait for the disk.
	always bool
	held   heldBatches
	// behindSince is the tick at which writes began to wait, with gateBehind.
	behindSince int64
	behindCause stallCause
	// ending is closed when a log that was turned off has been written.
	ending  <-chan struct{}
	loading *loading
	// loadedKeys and expiredKeys are of the last RDB file that was loaded.
	loadedKeys, expiredKeys int64

	job     *job
	save    saveState
	rewrite rewriteState
}

// openData prepares the data folder. It is called before there are clients.
func (x *executor) openData() error {
	p := &x.persist
	p.files = vfs.OS{}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the data folder: %w", err)
	}
	p.dir = dir
	p.save.lastUnix = x.server.started.Unix()
	p.save.ok, p.rewrite.ok = true, true
	p.save.seconds, p.rewrite.seconds = -1, -1
	x.ctx.Log = &p.records
	if err := x.holdFolders(""); err != nil {
		return err
	}
	if !x.server.config.AppendOnlyEnabled {
		return nil
	}
	return x.openLog()
}

// openLog reads the manifest of the append only file in the data folder, anew
// if the log is off: another process may have had the folder since, and it may
// be another folder. A log that is on, or on its way to being off, is left
// alone.
func (x *executor) openLog() error {
	p := &x.persist
	if p.log != nil && (p.log.On() || x.logBusy()) {
		return nil
	}
	var log *persist.AOF
	var err error
	if p.log == nil {
		log, err = x.logIn(p.dir)
	} else {
		log, err = p.log.Reopen(p.dir)
	}
	if err != nil {
		return fmt.Errorf("opening the append only file: %w", err)
	}
	log.OnDurable(x.server.wakeExecutor)
	p.log = log
	return nil
}

// logIn reads the manifest of the append only file in a data folder.
func (x *executor) logIn(dir string) (*persist.AOF, error) {
	cfg := x.server.config
	return persist.OpenAOF(x.persist.files, dir, persist.AOFOptions{
		DirName: cfg.AppendDirname, FileName: cfg.AppendFilename, Policy: syncPolicies[cfg.AppendFsync],
		Timestamps: cfg.AOFTimestampEnabled, LoadTruncated: cfg.AOFLoadTruncated, KeepHistory: cfg.AOFDisableAutoGC,
		Log: func(warning bool, text string) {
			if warning {
				x.server.log.Warn().Msg(text)
			} else {
				x.server.log.Info().Msg(text)
			}
		},
	})
}

// logBusy reports whether a log that was turned off is not wholly closed.
func (x *executor) logBusy() bool {
	p := &x.persist
	return p.ending != nil || p.log != nil && !p.log.On() && !p.log.Idle()
}

var syncPolicies = [...]persist.SyncPolicy{
	config.FsyncNo: persist.SyncNo, config.FsyncEverySecond: persist.SyncEverySec, config.FsyncAlways: persist.SyncAlways,
}

// startLog turns the log on behind what was loaded.
func (x *executor) startLog() error {
	p, cfg := &x.persist, x.server.config
	err := p.log.Start(cfg.AOFUseRDBPreamble, func(w io.Writer) error {
		if !cfg.AOFUseRDBPreamble {
			return nil
		}
		job := x.describe(persist.FormatRDB, true)
		return persist.WriteRDB(w, job, x.keys)
	})
	if err != nil {
		return fmt.Errorf("starting the append only file: %w", err)
	}
	x.logging(true)
	return nil
}

// logging says whether commands log what they do.
func (x *executor) logging(on bool) {
	x.ctx.Logging = on
	if !on {
		// What is left is of a log that has not come to be. It must not get into
		// the next one, whose base has it.
		x.persist.records.Take()
	}
	x.persist.records.ForgetDB()
	x.applySync()
}

// applySync follows the directives on when the log is synced.
func (x *executor) applySync() {
	p, cfg := &x.persist, x.server.config
	// A log that is being turned on keeps nothing before its base is there.
	p.always = x.ctx.Logging && cfg.AppendFsync == config.FsyncAlways && (p.job == nil || !p.job.first)
	if p.log == nil {
		return
	}
	p.log.SetPolicy(syncPolicies[cfg.AppendFsync])
	p.log.SetKeepHistory(cfg.AOFDisableAutoGC)
	p.log.SetTimestamps(cfg.AOFTimestampEnabled)
	p.log.SetLoadTruncated(cfg.AOFLoadTruncated)
	p.log.HoldSync(cfg.NoAppendFsyncOnRewrite && p.job != nil && x.ctx.Logging)
}

// applyAppendOnly is CONFIG SET appendonly.
func (x *executor) applyAppendOnly() error {
	p, on := &x.persist, x.server.config.AppendOnlyEnabled
	if err := x.holdFolders(""); err != nil {
		return err
	}
	defer x.releaseFolders()
	x.applySync()
	if !on {
		p.rewrite.scheduled = false // it was to turn the log on
	}
	if p.loading != nil || on == x.ctx.Logging || on && p.rewrite.scheduled {
		return nil
	}
	if !on {
		x.stopLog()
		return nil
	}
	if err := x.openLog(); err != nil {
		return err
	}
	// One that was given up is being wound up, which takes a moment.
	if p.job != nil || x.logBusy() || !x.woundUp() {
		p.rewrite.scheduled = true
		x.server.log.Info().Msg("the append only file will be turned on when the background operation that runs has ended")
		return nil
	}
	return x.startRewrite()
}

// stopLog turns the log off. What was logged is still written.
func (x *executor) stopLog() {
	p := &x.persist
	if p.job != nil && p.job.rewrite && !p.job.committing {
		x.abandon(fmt.Errorf("the append only file was turned off: %w", errCancelled))
	}
	if !x.ctx.Logging || !p.log.On() {
		return
	}
	x.flushLog()
	x.logging(false)
	p.ending = p.log.Stop()
	x.judgeDisk()
}

// flushLog hands what was logged to the writer.
func (x *executor) flushLog() {
	p := &x.persist
	if p.records.Len() > 0 {
		p.log.Append(p.records.Take())
	}
	p.log.Flush()
	if p.log.Overloaded() && x.gate&gateBehind == 0 {
		x.fallBehind(stallFsync)
		x.server.log.Warn().Msg("the disk does not keep up with the append only file: writes wait for it")
	}
}

// heldBatches are those whose replies wait for the disk, in the order of the
// log.
type heldBatches struct {
	batches []heldBatch
	first   int
}

type heldBatch struct {
	b   *batch
	end int64 // position in the log behind its last command
}

// deliver hands a finished batch to its reactor, or keeps it until what it
// wrote is on the disk.
func (x *executor) deliver(b *batch) {
	p := &x.persist
	logged := b.logged
	b.logged = false
	switch {
	case logged && p.always:
		// All that the batch did is in the log by now, or goes there here.
		end := p.log.Append(p.records.Take())
		p.held.add(b, end)
		p.log.Wait(end)
	case b.conn.session.held != 0:
		// It comes behind one that waits.
		p.held.add(b, p.held.batches[len(p.held.batches)-1].end)
	default:
		b.conn.reactor.fromExec.send(b)
	}
}

func (h *heldBatches) add(b *batch, end int64) {
	h.batches = append(h.batches, heldBatch{b, end})
	b.conn.session.held++
}

// releaseHeld sends the replies of what is on the disk, and asks to be woken for
// the rest.
func (x *executor) releaseHeld() {
	p := &x.persist
	h := &p.held
	waited := false
	for h.first < len(h.batches) {
		if x.ctx.Logging || p.ending != nil {
			if !p.log.Wait(h.batches[h.first].end) {
				break
			}
		}
		b := h.batches[h.first].b
		if !waited && b.timing.ended != 0 {
			// The first one of those that went to the disk together waited longest.
			waited = true
			x.delayed(stallFsync, b.timing.ended)
		}
		h.batches[h.first].b = nil
		h.first++
		b.conn.session.held--
		b.conn.reactor.fromExec.send(b)
	}
	switch {
	case h.first == len(h.batches):
		h.batches, h.first = h.batches[:0], 0
	case h.first >= 1024:
		h.batches = append(h.batches[:0], h.batches[h.first:]...)
		h.first = 0
	}
}

// watchDisk looks how the files are getting on. It is called once a round.
func (x *executor) watchDisk() {
	p := &x.persist
	x.releaseHeld()
	if p.ending != nil {
		select {
		case <-p.ending:
			p.ending, p.rewrite.closing = nil, false
			x.releaseHeld()
			x.releaseFolders()
		default:
		}
	}
	if failing := x.ctx.Logging && p.log.Err() != nil; failing != p.failing {
		p.failing = failing
		x.judgeDisk()
	}
	if p.job != nil {
		if p.log != nil && p.log.On() {
			p.log.Flush() // it may have requests left
		}
		x.pollJob()
	}
	crowded := p.job != nil && p.job.child.Crowded()
	switch {
	case crowded:
		x.fallBehind(stallSnapshot)
	case x.gate&gateBehind != 0 && (p.log == nil || !p.log.Overloaded()):
		x.gate &^= gateBehind
		x.delayed(p.behindCause, p.behindSince)
		x.resumeHeldBack()
	}
}

// fallBehind makes writes wait.
func (x *executor) fallBehind(cause stallCause) {
	if x.gate&gateBehind == 0 {
		x.gate |= gateBehind
		x.persist.behindSince, x.persist.behindCause = ticks.Now(), cause
	}
}

// Words of refusals because of the disk.
const (
	errMisconfSave = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
		"Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). " +
		"Please check the Redis logs for details about the RDB error."
	errMisconfLog = "MISCONF Errors writing to the AOF file: "
	errLoading    = "LOADING Redis is loading the dataset in memory"
)

// diskRefusal is why nothing can be kept now, or nothing.
func (x *executor) diskRefusal() string {
	p, cfg := &x.persist, x.server.config
	if x.ctx.Logging {
		if err := p.log.Err(); err != nil {
			return errMisconfLog + cause(err)
		}
	}
	if cfg.StopWritesOnBgsaveError && len(cfg.Save) > 0 && !p.save.ok {
		return errMisconfSave
	}
	return ""
}

// cause is the words of the system's error in err, as C has them.
func cause(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return capitalized(err.Error())
		}
		err = next
	}
}

func capitalized(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// judgeDisk sets or clears gateDisk.
func (x *executor) judgeDisk() {
	refused := x.diskRefusal()
	switch was := x.gate&gateDisk != 0; {
	case refused != "" && !was:
		x.gate |= gateDisk
		x.server.log.Error().Str("why", refused).Msg("writes are refused until the data can be kept again")
	case refused == "" && was:
		x.gate &^= gateDisk
		x.server.log.Info().Msg("writes are taken again")
	}
}

// childPatience is for how long the end waits for a child that was killed: the
// system lets go of one that waits for a disk only when that answers.
const childPatience = 5 * time.Second

// closeData ends what is kept in files: the log is written and synced. It is
// called when no command will run any more.
func (x *executor) closeData() {
	p := &x.persist
	if p.job != nil {
		x.abandon(errShuttingDown)
	}
	if x.ctx.Logging {
		x.flushLog()
		if err := p.log.Close(); err != nil {
			x.server.log.Error().Err(err).Msg("closing the append only file")
		}
	} else if p.ending != nil {
		<-p.ending
	}
	if p.gone != nil {
		// What it leaves is removed by this process, or by nobody.
		select {
		case <-p.gone:
		case <-time.After(childPatience):
			x.server.log.Warn().Dur("waited", childPatience).Msg("a child process that was ended is still there")
		}
	}
}

// unlockData lets others have all folders.
func (x *executor) unlockData() { x.persist.release(nil) }

var errShuttingDown = fmt.Errorf("the server ends: %w", errCancelled)

// exists reports whether there is a file of that path.
func (p *persistence) exists(path string) (bool, error) {
	_, err := p.files.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
