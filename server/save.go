package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"basalt/command"
	"basalt/netpoll"
	"basalt/persist"
)

// job is a snapshot that is being written, for its own sake or as the base of
// the append only file. There is one at a time.
type job struct {
	child   *persist.Child
	dir     string // the data folder that it is for
	rewrite bool
	first   bool // a rewrite that turns the log on
	started time.Time
	dirty   int64 // Keys.Dirty when it began
	// committing says that the base is written, and the manifest is not yet.
	committing bool
}

// saveState is what INFO and the save points know of snapshots.
type saveState struct {
	ok        bool  // the last one succeeded
	lastUnix  int64 // when the last one succeeded, or the server began
	triedUnix int64 // when the last one began
	seconds   int64 // how long the last one took; -1 before
	count     int64 // that succeeded
	scheduled bool  // one follows the job that runs
	bytes     int64 // size of the last file
}

// rewriteState is the same of rewrites.
type rewriteState struct {
	ok        bool
	seconds   int64
	count     int64
	failures  int64 // in a row
	nextUnix  int64 // no automatic one before
	closing   bool  // the log that the last one was for is being closed
	scheduled bool
}

const (
	// windUpKeys is up to how many keys a command winds a snapshot up, which takes
	// a millisecond at most.
	windUpKeys = 4096
	// saveRetrySeconds is how long after a failure a save point waits.
	saveRetrySeconds = 5
	// rewriteFailuresMax is after how many failures in a row rewrites that
	// nobody asked for are put off, by a minute and twice as long each time.
	rewriteFailuresMax = 3
	rewriteDelayMax    = 60 * 60
)

// describe is what every file of this server has in common. base says that it is
// the beginning of the append only file.
func (x *executor) describe(format persist.Format, base bool) persist.Job {
	cfg, now, level := x.server.config, time.Now(), x.zstdLevel()
	return persist.Job{
		Format: format, Version: cfg.RDBVersion, Compress: cfg.RDBCompression && level == 0, Checksum: cfg.RDBChecksum,
		ZstdLevel: level, IncrementalSync: cfg.RDBSaveIncrementalFsync, Sizes: x.keys.Sizes(),
		KeySaveDelayUs: cfg.RDBKeySaveDelay, Access: cfg.MaxMemoryPolicy.UsesAccess(),
		Aux: persist.StandardAux(command.Version, now.Unix(), x.usedMemory(), base),
	}
}

// startSave begins a snapshot in the background.
func (x *executor) startSave() error {
	p, cfg := &x.persist, x.server.config
	p.save.triedUnix = x.nowMs / 1000
	p.save.scheduled = false
	d := x.describe(persist.FormatRDB, false)
	d.Final = p.path(cfg.DBFilename)
	d.Temp = filepath.Join(p.dir, fmt.Sprintf("temp-%d.rdb", os.Getpid()))
	if err := x.startJob(d, false); err != nil {
		p.save.ok = false
		x.judgeDisk()
		return err
	}
	return nil
}

// startRewrite begins to write a new base of the append only file.
func (x *executor) startRewrite() error {
	p, cfg := &x.persist, x.server.config
	p.rewrite.scheduled = false
	if err := x.readyLog(); err != nil {
		return err
	}
	format := persist.FormatRDB
	if !cfg.AOFUseRDBPreamble {
		format = persist.FormatRESP
	}
	r, err := p.log.BeginRewrite(format == persist.FormatRDB)
	if err != nil {
		return err
	}
	d := x.describe(format, true)
	d.Temp, d.Final = r.Temp, r.Final
	d.IncrementalSync = cfg.AOFRewriteIncrementalFsync
	if err := x.startJob(d, true); err != nil {
		p.log.AbortRewrite()
		p.log.Flush()
		x.rewriteEnded(err)
		return err
	}
	p.job.first = !x.ctx.Logging
	// The new file says which database it is for, and a log that was off takes
	// what happens from now on. Without the directive it takes nothing, and is
	// off again when it has its base.
	x.logging(cfg.AppendOnlyEnabled)
	p.log.Flush()
	return nil
}

// readyLog has the log written up to this moment, or makes one ready that is off.
// Its folder is locked even if the configuration asks for no files.
func (x *executor) readyLog() error {
	if x.ctx.Logging {
		x.flushLog()
		return nil
	}
	if err := x.holdFolders(x.persist.dir); err != nil {
		return err
	}
	return x.openLog()
}

func (x *executor) startJob(d persist.Job, rewrite bool) error {
	p := &x.persist
	if running, _ := x.keys.Snapshotting(); running {
		return errJobRunning
	}
	child, err := persist.StartChild(d, persist.ChildOptions{
		CPUs: x.childCPUs(rewrite),
		Log:  func(line string) { x.server.log.Warn().Str("file", d.Final).Msg(line) },
	})
	if err != nil {
		return err
	}
	if err := x.keys.BeginSnapshot(child.Sink()); err != nil {
		child.Abort()
		return err
	}
	p.job = &job{child: child, dir: p.dir, rewrite: rewrite, started: time.Now(), dirty: x.keys.Dirty}
	x.backlog = true
	x.applySync()
	x.server.log.Info().Str("file", d.Final).Msg(p.job.name() + " started")
	return nil
}

// childCPUs is the processors that the directives give to a child; none for
// all.
func (x *executor) childCPUs(rewrite bool) []int {
	list := x.server.config.BgsaveCPUList
	if rewrite {
		list = x.server.config.AOFRewriteCPUList
	}
	if list == "" {
		return nil
	}
	cpus, err := netpoll.ParseCPUList(list)
	if err != nil {
		x.server.log.Warn().Err(err).Str("cpulist", list).Msg("pinning a child")
	}
	return cpus
}

var errJobRunning = errors.New("a snapshot is running")

func (j *job) name() string {
	if j.rewrite {
		return "background rewrite of the append only file"
	}
	return "background saving"
}

// snapshotStep goes on with the walk for about budget. It reports whether there
// is more to do at once.
func (x *executor) snapshotStep(budget time.Duration) bool {
	if running, _ := x.keys.Snapshotting(); !running || x.keys.SnapshotStep(budget) {
		return false
	}
	j := x.persist.job
	return j == nil || j.child.Sink().Ready()
}

// woundUp reports whether a new snapshot may begin, while no job runs. One that
// was given up and is small comes to its end here.
func (x *executor) woundUp() bool {
	running, progress := x.keys.Snapshotting()
	if !running {
		return true
	}
	return progress.Total <= windUpKeys && x.keys.SnapshotStep(time.Second)
}

// pollJob looks whether the child has ended.
func (x *executor) pollJob() {
	p := &x.persist
	j := p.job
	if j.committing {
		if running, err := p.log.RewriteState(); err != nil {
			p.log.AbortRewrite()
			p.log.Flush()
			x.endJob(err)
		} else if !running {
			x.endJob(nil)
		}
		return
	}
	done, stats, err := j.child.Poll()
	switch {
	case err != nil:
		x.abandon(err)
	case !done:
	case j.rewrite:
		p.log.CommitRewrite()
		p.log.Flush()
		j.committing = true
	default:
		p.save.bytes = stats.Bytes
		x.endJob(nil)
	}
}

// abandon gives the job up because of err.
func (x *executor) abandon(err error) {
	p := &x.persist
	j := p.job
	x.keys.CancelSnapshot()
	if !j.committing {
		j.child.Abort()
		p.gone = j.child.Gone()
		if j.rewrite {
			p.log.AbortRewrite()
			p.log.Flush()
		}
	}
	x.endJob(err)
}

// endJob notes how the job ended.
func (x *executor) endJob(err error) {
	p := &x.persist
	j := p.job
	p.job = nil
	took := time.Since(j.started)
	seconds := int64(took / time.Second)
	wanted := errors.Is(err, errCancelled)
	switch {
	case wanted:
		x.server.log.Warn().Err(err).Dur("took", took).Msg(j.name() + " given up")
	case err != nil:
		x.server.log.Error().Err(err).Dur("took", took).Msg(j.name() + " failed")
	default:
		event := x.server.log.Info().Dur("took", took).Int("keys", x.keys.Len())
		if j.rewrite {
			event.Int64("log_bytes", p.log.Size()).Msg(j.name() + " ended")
		} else {
			event.Int64("bytes", p.save.bytes).Msg(j.name() + " ended")
		}
	}
	if j.rewrite {
		p.rewrite.seconds = seconds
		if !wanted {
			x.rewriteEnded(err)
		}
		x.settleLog(j, err)
	} else {
		p.save.seconds = seconds
		if !wanted {
			p.save.ok = err == nil
		}
		if err == nil {
			p.save.count++
			p.save.lastUnix = time.Now().Unix()
			x.keys.Dirty = max(0, x.keys.Dirty-j.dirty)
		}
	}
	x.releaseFolders()
	x.applySync()
	x.judgeDisk()
	x.cronMs = x.nowMs // something may be scheduled
}

// settleLog follows a rewrite that has ended: one that failed to turn the log on
// is tried again, and one that nobody wanted to go on with the log is its end.
func (x *executor) settleLog(j *job, err error) {
	p := &x.persist
	switch {
	case j.first && err != nil:
		if x.ctx.Logging {
			x.logging(false)
		}
		p.rewrite.scheduled = x.server.config.AppendOnlyEnabled && !x.server.stopping.Load()
	case !x.ctx.Logging && p.log.On():
		p.ending, p.rewrite.closing = p.log.Stop(), true
	}
}

// errCancelled is in the errors of jobs that were given up on purpose: that says
// nothing about the disk.
var errCancelled = errors.New("it was cancelled")

func (x *executor) rewriteEnded(err error) {
	r := &x.persist.rewrite
	r.ok = err == nil
	if err == nil {
		r.count++
		r.failures = 0
		return
	}
	r.failures++
	if r.failures >= rewriteFailuresMax {
		delay := min(int64(60)<<min(r.failures-rewriteFailuresMax, 10), rewriteDelayMax)
		r.nextUnix = time.Now().Unix() + delay
	}
}

// saveCron starts what is due.
func (x *executor) saveCron() {
	p, cfg, now := &x.persist, x.server.config, x.nowMs/1000
	if p.log != nil {
		p.log.SetTime(now)
	}
	if p.loading != nil || x.server.stopping.Load() {
		return
	}
	x.judgeDisk()
	running, _ := x.keys.Snapshotting()
	if p.job != nil || running || x.logBusy() {
		return
	}
	x.releaseFolders() // of a log that had files to delete
	var err error
	switch {
	case p.rewrite.scheduled && (p.rewrite.failures == 0 || now >= p.rewrite.nextUnix):
		err = x.startRewrite()
	case p.save.scheduled:
		err = x.startSave()
	case x.saveDue(now):
		err = x.startSave()
	case x.ctx.Logging && p.log.WantsRewrite(int64(cfg.AutoAOFRewritePercentage), cfg.AutoAOFRewriteMinSize) && now >= p.rewrite.nextUnix:
		x.server.log.Info().Int64("bytes", p.log.Size()).Msg("the append only file has grown")
		err = x.startRewrite()
	}
	if err != nil {
		x.server.log.Error().Err(err).Msg("starting a background operation")
	}
}

// saveDue reports whether a save point is reached.
func (x *executor) saveDue(now int64) bool {
	p := &x.persist
	for _, s := range x.server.config.Save {
		if x.keys.Dirty >= s.Changes && now-p.save.lastUnix > s.Seconds &&
			(p.save.ok || now-p.save.triedUnix > saveRetrySeconds) {
			x.server.log.Info().Int64("changes", s.Changes).Int64("seconds", s.Seconds).Msg("enough has changed, saving")
			return true
		}
	}
	return false
}

// saveNow writes a snapshot while everybody waits.
func (x *executor) saveNow() error {
	p, cfg := &x.persist, x.server.config
	start := time.Now()
	d := x.describe(persist.FormatRDB, false)
	final, temp := p.path(cfg.DBFilename), filepath.Join(p.dir, fmt.Sprintf("temp-save-%d.rdb", os.Getpid()))
	d.Temp, d.Final = temp, final
	x.server.temporary.Store(&temp)
	x.server.beat.saving.Store(true)
	stats, err := persist.Save(d, x.keys, x.server.sign)
	x.server.beat.saving.Store(false)
	x.server.temporary.Store(nil)
	p.save.seconds = int64(time.Since(start) / time.Second)
	if err != nil {
		// Who asked for it is told. What the last one in the background came to,
		// for which writes are refused, is another matter.
		x.server.log.Error().Err(err).Str("file", final).Msg("saving failed")
		return err
	}
	p.save.ok = true
	p.save.bytes = stats.Bytes
	p.save.count++
	p.save.lastUnix = time.Now().Unix()
	x.keys.Dirty = 0
	x.judgeDisk()
	x.server.log.Info().Dur("took", time.Since(start)).Int64("bytes", stats.Bytes).Int("keys", x.keys.Len()).
		Msg("data set saved on disk")
	return nil
}
