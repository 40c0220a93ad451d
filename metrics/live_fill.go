package metrics

import (
	"strconv"
	"time"

	"basalt/internal/buckets"
)

// live makes what the page shows from what a scrape sees. It copies everything:
// the result outlives the snapshot.
func (v *view) live() *Live {
	p := &v.Process
	m := &v.Memory
	l := &Live{
		TakenMs: v.Taken.UnixMilli(), AgeMs: max(0, v.now.Sub(v.Taken).Milliseconds()),
		Node: LiveNode{
			Version: v.Instance.Basalt, Redis: v.Instance.Version, RunID: v.Instance.RunID, OS: v.Instance.OS,
			Port: v.Instance.Port, Socket: v.Instance.Socket, PID: v.Instance.PID, IOThreads: v.Instance.IOThreads,
			UptimeS: int64(v.now.Sub(v.Instance.Started) / time.Second),
		},
		Clients: LiveClients{
			Connected: v.Clients.Connected, Max: v.Clients.Max, Blocked: v.Clients.Blocked,
			Subscribers: v.Clients.Subscribers, Monitors: v.Clients.Monitors, Tracking: v.Clients.Tracking,
			Channels: v.Clients.Channels + v.Clients.Shards, Patterns: v.Clients.Patterns,
		},
		Totals: LiveTotals{
			Commands: v.Totals.Commands, Errors: v.Totals.ErrorReplies,
			Connections: v.Totals.Connections, Rejected: v.Totals.Rejected,
			Closed: v.Totals.OutputLimitCloses + v.Totals.QueryLimitCloses + v.Totals.Evictions,
			NetIn:  v.Totals.NetIn, NetOut: v.Totals.NetOut,
			Hits: v.Totals.Hits, Misses: v.Totals.Misses, Expired: v.Totals.Expired, Evicted: v.Totals.Evicted,
			BusyUs: v.Totals.CycleTime.Microseconds(), ExecutingUs: v.Totals.CommandTime.Microseconds(),
			CPUUs: int64((p.Sys + p.User) * 1e6),
		},
		Memory: LiveMemory{
			Used: v.used(), Dataset: v.used() - v.overhead(), Peak: max(m.Peak, v.used()), Max: m.Max,
			RSS: p.RSS, System: p.System, GoHeap: p.GoHeap, Policy: v.Instance.Policy, Purposes: []LiveAmount{},
		},
		Persistence: livePersistence(&v.Persistence),
	}
	for i := range v.Arena {
		l.Memory.Purposes = append(l.Memory.Purposes, LiveAmount(v.Arena[i]))
	}
	v.liveCommands(l)
	v.livePauses(l)
	v.liveSlow(l)
	l.Keys = LiveKeys{liveKeys(v.HotKeys), liveKeys(v.CostlyKeys), liveKeys(v.BigKeys)}
	l.Prefixes = []LivePrefix{}
	for _, p := range v.Prefixes {
		p.Prefix = text(p.Prefix)
		l.Prefixes = append(l.Prefixes, LivePrefix(p))
	}
	v.liveDatabases(l)
	return l
}

// liveCommands adds what is counted per command, and the distributions of all.
func (v *view) liveCommands(l *Live) {
	var wait, execute, write, total buckets.Counts
	l.Commands, l.Errors = []LiveCommand{}, []LiveError{}
	for i := range v.Commands {
		c := &v.Commands[i]
		p := v.phasesOf(c)
		addCounts(&wait, &p.Wait.Counts)
		addCounts(&execute, &p.Execute.Counts)
		addCounts(&write, &p.Write.Counts)
		addCounts(&total, &p.Total.Counts)
		l.Commands = append(l.Commands, LiveCommand{
			Name: c.Name, Calls: c.Calls, Failed: c.Failed, Rejected: c.Rejected, Us: c.Nanos / 1000,
			Counts: withoutTail(&c.Times),
		})
	}
	l.Latency = LiveLatency{
		Tracked: v.Distributions, BoundsUs: boundsUs,
		Total: withoutTail(&total), Wait: withoutTail(&wait), Execute: withoutTail(&execute), Write: withoutTail(&write),
	}
	for i := range v.Errors {
		l.Errors = append(l.Errors, LiveError{v.Errors[i].Code, v.Errors[i].Count})
	}
}

// boundsUs are the ends of the buckets in µs, to four digits: they are exact to
// less.
var boundsUs = func() (list []float64) {
	for i := range buckets.Size {
		end, _ := strconv.ParseFloat(strconv.FormatFloat(buckets.End(i)/1e3, 'g', 4, 64), 64)
		list = append(list, end)
	}
	return list
}()

func addCounts(sum, counts *buckets.Counts) {
	for i, n := range counts {
		sum[i] += n
	}
}

// withoutTail copies counts up to the last that is not zero.
func withoutTail(counts *buckets.Counts) []int64 {
	n := len(counts)
	for n > 0 && counts[n-1] == 0 {
		n--
	}
	return append(make([]int64, 0, n), counts[:n]...)
}

// livePauses adds pauses and what threads do.
func (v *view) livePauses(l *Live) {
	l.Pauses = LivePauses{Causes: []LivePauseCause{}, Latest: []LivePause{}}
	l.Threads, l.Rings = []LiveThread{}, []LiveRing{}
	for i := range v.Pauses {
		p := &v.Pauses[i]
		l.Pauses.Causes = append(l.Pauses.Causes, LivePauseCause{
			Cause: p.Cause, Count: p.Count, Us: p.Times.Nanos / 1000, LongestUs: p.Longest.Microseconds(),
		})
	}
	for i := range v.LatestPauses {
		e := &v.LatestPauses[i]
		l.Pauses.Latest = append(l.Pauses.Latest, LivePause{
			Cause: e.Cause, Command: e.What, UnixMs: e.UnixMs, Us: e.Took.Microseconds(),
		})
	}
	for i := range v.Threads {
		l.Threads = append(l.Threads, LiveThread{v.Threads[i].Name, v.Threads[i].Busy.Microseconds()})
	}
	for i := range v.Rings {
		r := &v.Rings[i]
		l.Rings = append(l.Rings, LiveRing{r.Depth, r.Deepest, r.Batches})
	}
}

// liveLarge makes what is shown of a log of large requests or replies.
func liveLarge(length int, threshold int64, calls []LargeCall) LiveLarge {
	l := LiveLarge{Len: length, ThresholdBytes: threshold, Calls: []LiveLargeCall{}}
	for _, c := range calls {
		l.Calls = append(l.Calls, LiveLargeCall(c))
	}
	return l
}

// liveSlow adds what the logs of commands hold.
func (v *view) liveSlow(l *Live) {
	l.Requests = liveLarge(v.SlowLog.LargeRequests, v.SlowLog.RequestsFrom, v.LargeRequests)
	l.Replies = liveLarge(v.SlowLog.LargeReplies, v.SlowLog.RepliesFrom, v.LargeReplies)
	l.Slow.Calls = []LiveSlowCall{}
	l.Slow.Len, l.Slow.ThresholdUs = v.SlowLog.Len, v.SlowLog.SlowerThan
	for i := range v.SlowCalls {
		c := &v.SlowCalls[i]
		l.Slow.Calls = append(l.Slow.Calls, LiveSlowCall{
			ID: c.ID, UnixS: c.UnixS, Command: c.Command, Args: c.ArgCount, Us: c.Took.Microseconds(),
		})
	}
}

func liveKeys(list []KeyFigure) []LiveKey {
	keys := []LiveKey{}
	eachKey(list, func(k KeyFigure) { keys = append(keys, LiveKey{k.Space, k.Key, k.Value}) })
	return keys
}

// liveDatabases adds the databases that hold keys.
func (v *view) liveDatabases(l *Live) {
	l.Databases = []LiveDatabase{}
	for i := range v.Databases {
		d := &v.Databases[i]
		if !inUse(d) {
			continue
		}
		l.Databases = append(l.Databases, LiveDatabase{
			Index: d.Index, Keys: d.Keys, Expiring: d.Expiring, Rehashing: d.Rehashing, Level: d.Level, Split: d.Split,
			Steps: d.Steps, Buckets: d.Buckets, Overflow: d.Overflow, Bytes: d.Bytes,
		})
	}
}

func livePersistence(p *Persistence) LivePersistence {
	return LivePersistence{
		Loading: p.Loading, LoadRead: p.LoadRead, LoadTotal: p.LoadTotal, Changes: p.Changes,
		Saving: p.Saving, SaveOK: p.SaveOK, LastSaveUnixS: p.LastSaveUnixS, SaveSeconds: p.SaveSeconds,
		SavingSeconds: p.SavingSeconds, Saves: p.Saves, SavedBytes: p.SavedBytes,
		KeysDone: p.KeysDone, KeysTotal: p.KeysTotal,
		Log: p.Log, LogOK: p.LogOK, Rewriting: p.Rewriting, RewriteOK: p.RewriteOK,
		RewritingSeconds: p.RewritingSeconds, Rewrites: p.Rewrites,
		LogBytes: p.LogSize, LogBaseBytes: p.LogBase, LogBufferedBytes: p.LogBuffered,
		LogSyncs: p.LogSyncs, LogSyncUs: p.LogSyncTime.Microseconds(), LogSyncMaxUs: p.LogSyncMax.Microseconds(),
		WritesRefused: p.WritesRefused, WritesBehind: p.WritesBehind,
	}
}
