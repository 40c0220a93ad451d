package command

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"basalt/config"
)

// The events of the latency monitor: Redis's names where it has one.
const (
	EventCommand      = "command"                 // a command took long
	EventFastCommand  = "fast-command"            // one did that should not
	EventGC           = "gc"                      // the Go runtime stopped all threads
	EventFsyncAlways  = "aof-fsync-always"        // replies waited for the disk
	EventFsyncPending = "aof-write-pending-fsync" // writes waited, for the disk does not keep up
	EventExpire       = "expire-cycle"
	EventEvict        = "eviction-cycle"
	EventRehash       = "rehash"
	EventSnapshot     = "snapshot" // telling a snapshot, or waiting for who writes it
	EventFree         = "lazyfree"
	EventDefrag       = "active-defrag-cycle"
	EventCron         = "cron"      // what is done once a second
	EventMetrics      = "metrics"   // figures were copied for a scrape
	EventProcessor    = "processor" // whatever it was, the thread had no processor meanwhile
)

// latencyFigures sum up the samples of an event, in ms and seconds.
type latencyFigures struct {
	average, deviation, worst int64
	period                    float64 // from one spike to the next
}

func (e *latencyEvent) figures(nowS int64) latencyFigures {
	f, n := latencyFigures{worst: e.worst}, int64(len(e.samples))
	for _, s := range e.samples {
		f.average += s.millis
	}
	f.average /= n
	for _, s := range e.samples {
		f.deviation += max(s.millis-f.average, f.average-s.millis)
	}
	f.deviation /= n
	f.period = float64(max(1, nowS-e.samples[0].unixS)) / float64(n)
	return f
}

// diagnosis is what advice depends on, beside the events.
type diagnosis struct {
	cfg          *config.Config
	largeReplies int // entries of that log
}

// thresholdMicros is latency-monitor-threshold in the unit of the slow log.
func (d *diagnosis) thresholdMicros() int64 {
	return min(d.cfg.LatencyMonitorThreshold, math.MaxInt64/1000) * 1000
}

// advice is what to do about some events; nothing if say returns nothing.
type advice struct {
	events []string
	say    func(d *diagnosis) string
}

// latencyAdvice is all advice, in the order in which it is given. Whatever the
// event, there is some that depends on nothing.
var latencyAdvice = []advice{
	{[]string{EventCommand}, adviseSlowLog},
	{[]string{EventCommand}, func(*diagnosis) string {
		return "Replace commands that go through a whole collection or keyspace by those that take a part of it: KEYS by SCAN, " +
			"SMEMBERS by SSCAN, HGETALL by HSCAN or HMGET, LRANGE 0 -1 by shorter ranges."
	}},
	{[]string{EventCommand, EventFastCommand}, func(d *diagnosis) string {
		if d.largeReplies == 0 {
			return ""
		}
		return fmt.Sprintf("COMMANDLOG GET 10 large-reply names commands with large replies, %d by now. "+
			"Smaller values, or parts of them, are quicker to send.", d.largeReplies)
	}},
	{[]string{EventFsyncAlways}, func(d *diagnosis) string {
		if d.cfg.AppendFsync != config.FsyncAlways {
			return ""
		}
		return "Replies of writes wait for the disk. CONFIG SET appendfsync everysec answers at once, at the risk of the last " +
			"second of writes if the machine fails."
	}},
	{[]string{EventFsyncPending}, func(d *diagnosis) string {
		if d.cfg.AppendFsync == config.FsyncNo {
			return ""
		}
		return "More was written than the disk takes, so writes were made to wait. CONFIG SET appendfsync no leaves it to the " +
			"kernel when to sync, at the risk of more writes if the machine fails."
	}},
	{[]string{EventFsyncAlways, EventFsyncPending}, func(*diagnosis) string {
		return "Keep dir on a local disk that syncs fast, a solid-state one with protection from power loss at best, and let nothing " +
			"else write to it."
	}},
	{[]string{EventFsyncAlways, EventFsyncPending}, func(d *diagnosis) string {
		if d.cfg.NoAppendFsyncOnRewrite || d.cfg.AppendFsync == config.FsyncNo {
			return ""
		}
		return "If the spikes come with BGSAVE or BGREWRITEAOF, CONFIG SET no-appendfsync-on-rewrite yes leaves out the syncs " +
			"meanwhile, at the risk of what is written then."
	}},
	{[]string{EventExpire}, func(*diagnosis) string {
		return "Keys that expire at the same moment are removed one slice after the other. A random part in their times to live " +
			"(EXPIRE, SET EX) spreads that."
	}},
	{[]string{EventEvict}, func(*diagnosis) string {
		return "Memory is at its limit, so that writes have to make room first. A higher maxmemory or shorter times to live leave " +
			"less to evict."
	}},
	{[]string{EventEvict}, func(d *diagnosis) string {
		if d.cfg.MaxMemoryEvictionTenacity <= tenacityDefault {
			return ""
		}
		return fmt.Sprintf("maxmemory-eviction-tenacity %d lets a command evict for longer than other background work may take. "+
			"CONFIG SET maxmemory-eviction-tenacity %d bounds it as well.", d.cfg.MaxMemoryEvictionTenacity, tenacityDefault)
	}},
	{[]string{EventRehash}, func(d *diagnosis) string {
		if !d.cfg.ActiveRehashing {
			return ""
		}
		return "CONFIG SET activerehashing no leaves growing and shrinking the tables to the commands that change them, a little " +
			"each time."
	}},
	{[]string{EventSnapshot}, func(*diagnosis) string {
		return "Writes wait when the process that writes a snapshot does not keep up. Put dir on a faster disk, give the process " +
			"processors of its own with bgsave_cpulist and aof_rewrite_cpulist (read at the start), or choose quieter times with save and " +
			"auto-aof-rewrite-percentage."
	}},
	{[]string{EventSnapshot}, func(d *diagnosis) string {
		if !d.cfg.RDBCompression {
			return ""
		}
		return "CONFIG SET rdbcompression no makes snapshots larger and quicker to write."
	}},
	{[]string{EventGC}, func(*diagnosis) string {
		return "The garbage collector has to do with clients, not with keys: fewer connections (maxclients, timeout) with smaller " +
			"buffers (maxmemory-clients) leave it less to do."
	}},
	{[]string{EventCron}, func(d *diagnosis) string {
		if d.cfg.Timeout == 0 {
			return ""
		}
		return "All clients are looked at once a second to find idle ones. With very many of them, CONFIG SET timeout 0 spares that " +
			"and tcp-keepalive still finds those that are gone."
	}},
	{[]string{EventFastCommand, EventGC, EventExpire, EventEvict, EventRehash, EventSnapshot, EventFree, EventDefrag, EventCron, EventMetrics, EventProcessor}, adviseMachine},
}

// tenacityDefault is the largest maxmemory-eviction-tenacity with which a command
// evicts no longer than a slice of background work takes.
const tenacityDefault = 10

func adviseSlowLog(d *diagnosis) string {
	threshold := d.thresholdMicros()
	switch {
	case d.cfg.SlowlogMaxLen == 0:
		return "The slow log has no room, so it cannot say which commands these were: CONFIG SET slowlog-max-len 128."
	case d.cfg.SlowlogLogSlowerThan < 0:
		return fmt.Sprintf("The slow log is off, so it cannot say which commands these were: "+
			"CONFIG SET slowlog-log-slower-than %d.", threshold)
	case d.cfg.SlowlogLogSlowerThan > threshold && threshold > 0:
		return fmt.Sprintf("SLOWLOG GET names the slowest of these commands. CONFIG SET slowlog-log-slower-than %d "+
			"lets it have all that is a spike to the monitor.", threshold)
	}
	return "SLOWLOG GET names these commands."
}

func adviseMachine(d *diagnosis) string {
	words := "What is done in the background stops after 0.2 ms, and fast commands take less. If they took longer the threads waited " +
		"for a processor or for memory: look for other load and for swapping (vmstat 1), and in a container for a limit " +
		"of its processors (nr_throttled in cpu.stat)."
	if d.cfg.ServerCPUList == "" {
		words += " server_cpulist, read at the start, gives the server processors of its own."
	}
	return words
}

// adviseOn returns the advice for events.
func adviseOn(events []string, d *diagnosis) (list []string) {
	for _, a := range latencyAdvice {
		if !slices.ContainsFunc(a.events, func(name string) bool { return slices.Contains(events, name) }) {
			continue
		}
		if words := a.say(d); words != "" {
			list = append(list, words)
		}
	}
	return list
}

func cmdLatencyDoctor(c *Context) {
	c.W.Verbatim("txt", c.Host.Latency().report(c.Keys.Now()/1000,
		&diagnosis{c.Host.Config(), c.Host.CommandLog(LogLargeReply).Len()}))
}

// report is what LATENCY DOCTOR says.
func (l *LatencyMonitor) report(nowS int64, d *diagnosis) string {
	names := l.names()
	switch threshold := d.cfg.LatencyMonitorThreshold; {
	case len(names) == 0 && threshold == 0:
		return "The latency monitor is off. Turn it on with CONFIG SET latency-monitor-threshold <milliseconds>, " +
			"a time that is too long for you, and ask again later.\n"
	case len(names) == 0:
		return fmt.Sprintf("Nothing took %d ms or longer since the monitor was turned on or reset.\n", threshold)
	}
	var r strings.Builder
	r.WriteString("The latency monitor has seen spikes:\n\n")
	for i, name := range names {
		e := l.events[name]
		f := e.figures(nowS)
		plural := "s"
		if len(e.samples) == 1 {
			plural = ""
		}
		fmt.Fprintf(&r, "%d. %s: %d spike%s (average %d ms, mean deviation %d ms, one every %.2f s), at worst %d ms.\n",
			i+1, name, len(e.samples), plural, f.average, f.deviation, f.period, f.worst)
	}
	if d.cfg.LatencyMonitorThreshold == 0 {
		r.WriteString("\nThe monitor is off by now, later ones are not among them.\n")
	}
	r.WriteString("\nWhat helps:\n\n")
	for _, words := range adviseOn(names, d) {
		r.WriteString("- " + words + "\n")
	}
	return r.String()
}
