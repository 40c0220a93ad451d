package server

import (
	"time"

	"basalt/command"
	"basalt/config"
	"basalt/metrics"
)

// persistenceStatus fills in what INFO and the metrics tell of files.
func (x *executor) persistenceStatus(st *command.Status) {
	p, v := &x.persist, &st.Persistence
	if l := p.loading; l != nil {
		v.Loading, v.LoadStartUnixS, v.LoadRead, v.LoadTotal = true, l.started.Unix(), l.read, l.total
	}
	v.LoadedKeys, v.ExpiredKeys = p.loadedKeys, p.expiredKeys
	v.SaveOK, v.LastSaveUnixS, v.SaveSeconds, v.Saves, v.SavedBytes = p.save.ok, p.save.lastUnix, p.save.seconds, p.save.count, p.save.bytes
	v.RewriteOK, v.RewriteSeconds = p.rewrite.ok, p.rewrite.seconds
	v.Rewrites, v.RewriteFailures, v.RewritePending = p.rewrite.count, p.rewrite.failures, p.rewrite.scheduled
	v.SavingSeconds, v.RewritingSeconds = -1, -1
	v.Rewriting = p.rewrite.closing
	if j := p.job; j != nil {
		seconds := int64(time.Since(j.started) / time.Second)
		if j.rewrite {
			v.Rewriting, v.RewritingSeconds = true, seconds
		} else {
			v.Saving, v.SavingSeconds = true, seconds
		}
		if running, progress := x.keys.Snapshotting(); running {
			v.KeysDone, v.KeysTotal = progress.Keys, progress.Total
		}
	}
	v.Log, v.LogOK = x.ctx.Logging, true
	if x.ctx.Logging {
		s := p.log.Stats()
		v.LogOK = p.log.Err() == nil
		v.LogSize, v.LogBase, v.LogBuffered = s.Size, s.BaseSize, s.Buffered+int64(p.records.Len())
		v.LogSyncing, v.LogDelayed = s.Syncing, max(0, s.DelayedSyncs-x.counters.delayedBase)
	}
}

// fillPersistence copies the same figures for a scrape.
func (x *executor) fillPersistence(m *metrics.Persistence) {
	var st command.Status
	x.persistenceStatus(&st)
	p, v := &x.persist, &st.Persistence
	*m = metrics.Persistence{
		Loading: v.Loading, LoadedKeys: v.LoadedKeys, ExpiredKeys: v.ExpiredKeys,
		LoadRead: v.LoadRead, LoadTotal: v.LoadTotal, Changes: x.keys.Dirty,
		Saving: v.Saving, SaveOK: v.SaveOK, LastSaveUnixS: v.LastSaveUnixS,
		SaveSeconds: v.SaveSeconds, SavingSeconds: v.SavingSeconds, Saves: v.Saves, SavedBytes: v.SavedBytes,
		KeysDone: v.KeysDone, KeysTotal: v.KeysTotal,
		Log: v.Log, LogOK: v.LogOK, Rewriting: v.Rewriting, RewritePending: v.RewritePending,
		RewriteOK: v.RewriteOK, RewriteSeconds: v.RewriteSeconds, RewritingSeconds: v.RewritingSeconds, Rewrites: v.Rewrites,
		LogSize: v.LogSize, LogBase: v.LogBase, LogBuffered: v.LogBuffered,
		LogSyncing: v.LogSyncing, LogDelayed: v.LogDelayed,
		RepliesHeld:   int64(len(p.held.batches) - p.held.first),
		WritesRefused: x.gate&gateDisk != 0, WritesBehind: x.gate&gateBehind != 0,
	}
	if v.Log {
		s := p.log.Stats()
		m.LogWrites, m.LogWriteTime = s.Writes, s.WriteTime
		m.LogSyncs, m.LogSyncTime, m.LogSyncMax = s.Syncs, s.SyncTime, s.LongestSync
	}
}

// zstdLevel is the level that files are compressed with by zstd, 0 for none.
func (x *executor) zstdLevel() int {
	cfg := x.server.config
	if !cfg.RDBCompression || cfg.RDBCompressionFormat != config.CompressZstd {
		return 0
	}
	return cfg.RDBCompressionLevel
}
