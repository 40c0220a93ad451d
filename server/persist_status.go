package server

import (
	"time"

	"basalt/command"
	"basalt/config"
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
		v.LogSyncing, v.LogDelayed = s.Syncing, s.DelayedSyncs
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
