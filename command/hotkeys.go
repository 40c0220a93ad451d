package command

import (
	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/sketch"
)

const (
	hotKeysDefault = 10
	hotKeysMax     = 64
	// hotKeysRoom is how many counters there are for each key that is asked for:
	// with them the order of the first ones is right.
	hotKeysRoom       = 10
	hotKeysMaxSeconds = 1_000_000
	slotLast          = 16383
)

// HotKeys is a session of HOTKEYS: which keys took the most time, and the most
// bytes on the wire, since it began.
type HotKeys struct {
	Active  bool
	Sample  int64 // one command in so many is counted
	count   int
	startMs int64
	// untilMs is when it ends by itself, 0 for never; tookMs how long it ran.
	untilMs, tookMs   int64
	cpu, net          *sketch.Top // nil for what is not asked for
	nanos, bytes      int64       // of all commands
	sysBase, userBase float64     // seconds of the process at the start
}

// Expire ends the session when its time is over.
func (h *HotKeys) Expire(nowMs int64) {
	if h.Active && h.untilMs != 0 && nowMs >= h.untilMs {
		h.stop(h.untilMs)
	}
}

func (h *HotKeys) stop(nowMs int64) { h.Active, h.tookMs = false, nowMs-h.startMs }

// Note counts a command: what it took and how many bytes it and its reply have.
// The keys, given by their arguments, share both. With sampled it stands for all
// that are not.
func (h *HotKeys) Note(args [][]byte, keys []KeyRef, nanos, bytes int64, sampled bool) {
	h.nanos += nanos
	h.bytes += bytes
	if !sampled {
		return
	}
	share := 1 / float64(len(keys))
	for _, ref := range keys {
		key := args[ref.Index]
		hash := db.Hash(key)
		if h.cpu != nil {
			h.cpu.Add(hash, 0, key, float64(nanos)/1000*share)
		}
		if h.net != nil {
			h.net.Add(hash, 0, key, float64(bytes)*share)
		}
	}
}

func cmdHotKeysStart(c *Context) {
	if h := c.hotKeys(); h != nil && h.Active {
		c.Error("ERR hotkey tracking session already in progress")
		return
	}
	h := &HotKeys{Active: true, Sample: 1, count: hotKeysDefault, startMs: c.Keys.Now()}
	next, cpu, net, wrong := hotKeysMetrics(c.Args)
	if wrong == "" {
		wrong = h.options(c.Args[next:])
	}
	if wrong != "" {
		c.Error("ERR " + wrong)
		return
	}
	if cpu {
		h.cpu = sketch.New(h.count * hotKeysRoom)
	}
	if net {
		h.net = sketch.New(h.count * hotKeysRoom)
	}
	var st Status
	c.Host.Status(&st)
	h.sysBase, h.userBase = st.CPU.Sys, st.CPU.User
	c.Host.SetHotKeys(h)
	c.W.OK()
}

// hotKeysMetrics reads METRICS count [CPU] [NET] and returns what is asked for,
// and the argument behind. Metrics that are not known are for later versions.
func hotKeysMetrics(args [][]byte) (next int, cpu, net bool, wrong string) {
	if len(args) < 4 || !isWord(args[2], "metrics") {
		return 0, false, false, "METRICS parameter is required"
	}
	count, ok := decimal.Parse(args[3])
	if !ok || count < 1 || count > 2 {
		return 0, false, false, "METRICS count must be > 0 and <= 2"
	}
	next = 4
	for ; next < len(args) && next < 4+int(count); next++ {
		which := &cpu
		switch {
		case isWord(args[next], "cpu"):
		case isWord(args[next], "net"):
			which = &net
		default:
			continue
		}
		if *which {
			word := "CPU"
			if which == &net {
				word = "NET"
			}
			return 0, false, false, "METRICS " + word + " defined more than once!"
		}
		*which = true
	}
	switch {
	case next != 4+int(count):
		wrong = "METRICS count does not match number of metric types provided"
	case !cpu && !net:
		wrong = "METRICS no valid metrics passed. Supported: CPU|NET"
	}
	return next, cpu, net, wrong
}

// options reads what follows METRICS and returns what is wrong with it.
func (h *HotKeys) options(args [][]byte) (wrong string) {
	for ; len(args) > 0; args = args[2:] {
		if len(args) == 1 {
			return "syntax error"
		}
		n, ok := decimal.Parse(args[1])
		switch {
		case isWord(args[0], "count"):
			if !ok || n < 1 || n > hotKeysMax {
				return "COUNT must be between 1 and 64"
			}
			h.count = int(n)
		case isWord(args[0], "duration"):
			if !ok || n < 1 || n > hotKeysMaxSeconds {
				return "DURATION must be between 1 and 1000000"
			}
			h.untilMs = h.startMs + n*1000
		case isWord(args[0], "sample"):
			if !ok || n < 1 || n > 1<<31-1 {
				return "SAMPLE ratio must be positive"
			}
			h.Sample = n
		case isWord(args[0], "slots"):
			return "SLOTS parameter cannot be used in non-cluster mode"
		default:
			return "syntax error"
		}
	}
	return ""
}

// hotKeys returns the session, ended if its time is over.
func (c *Context) hotKeys() *HotKeys {
	h := c.Host.HotKeys()
	if h != nil {
		h.Expire(c.Keys.Now())
	}
	return h
}

func cmdHotKeysStop(c *Context) {
	h := c.hotKeys()
	if h == nil || !h.Active {
		c.W.Null()
		return
	}
	h.stop(c.Keys.Now())
	c.W.OK()
}

func cmdHotKeysReset(c *Context) {
	if h := c.hotKeys(); h != nil && h.Active {
		c.Error("ERR hotkey tracking session in progress, stop tracking first")
		return
	}
	c.Host.SetHotKeys(nil)
	c.W.OK()
}

// cmdHotKeysGet replies with an array of one map, so that those of several nodes
// can be put together.
func cmdHotKeysGet(c *Context) {
	h := c.hotKeys()
	if h == nil {
		c.W.Null()
		return
	}
	fields := 7
	if h.cpu != nil {
		fields += 3
	}
	if h.net != nil {
		fields += 2
	}
	number := func(name string, n int64) {
		c.W.BulkString(name)
		c.W.Int(n)
	}
	c.W.Array(1)
	c.W.Map(fields)
	number("tracking-active", int64(b2i(h.Active)))
	number("sample-ratio", h.Sample)
	c.W.BulkString("selected-slots")
	c.W.Array(1)
	c.W.Array(2)
	c.W.Int(0)
	c.W.Int(slotLast)
	number("all-commands-all-slots-us", h.nanos/1000)
	number("net-bytes-all-commands-all-slots", h.bytes)
	number("collection-start-time-unix-ms", h.startMs)
	took := h.tookMs
	if h.Active {
		took = c.Keys.Now() - h.startMs
	}
	number("collection-duration-ms", took)
	if h.cpu != nil {
		var st Status
		c.Host.Status(&st)
		number("total-cpu-time-user-ms", int64((st.CPU.User-h.userBase)*1000))
		number("total-cpu-time-sys-ms", int64((st.CPU.Sys-h.sysBase)*1000))
	}
	if h.net != nil {
		number("total-net-bytes", int64(h.net.Total()))
	}
	if h.cpu != nil {
		c.hotKeysList("by-cpu-time-us", h.cpu, h.count)
	}
	if h.net != nil {
		c.hotKeysList("by-net-bytes", h.net, h.count)
	}
}

func (c *Context) hotKeysList(name string, top *sketch.Top, count int) {
	list := top.Heaviest(nil, count, false)
	for len(list) > 0 && list[len(list)-1].Weight < 1 {
		list = list[:len(list)-1]
	}
	c.W.BulkString(name)
	c.W.Array(2 * len(list))
	for i := range list {
		c.W.Bulk(list[i].Name)
		c.W.Int(int64(list[i].Weight))
	}
}
