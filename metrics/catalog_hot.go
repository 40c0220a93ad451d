package metrics

import "strconv"

const hotIntro = "The keys come from sketches of fixed size that are always on: one command in 256 is looked at, slow ones all; an old " +
	"call counts half after a minute. A key is named from 1 % of all calls, or of the time of all, on. `metrics-key-labels` says how many keys are named, and 0 that none is; keys are cut after 128 " +
	"bytes, and those that are not text are quoted. `prefix` is one of `metrics-key-prefixes`; look-ups and evictions count for their " +
	"key, bytes for the first key of the command."

var hotMetrics = []metric{
	{
		name: "basalt_hot_key_calls_per_second", kind: gauge, labels: []string{"db", "key"},
		help: "Calls of the keys that are called most, estimated.",
		each: perKey(func(v *view) []KeyFigure { return v.HotKeys }),
	},
	{
		name: "basalt_costly_key_busy_ratio", kind: gauge, labels: []string{"db", "key"},
		help: "Share of a thread's time that the commands of the most costly keys take, estimated.",
		each: perKey(func(v *view) []KeyFigure { return v.CostlyKeys }),
	},
	{
		name: "basalt_big_key_bytes", kind: gauge, labels: []string{"db", "key"},
		help: "Memory of the biggest keys that were seen being written.",
		each: perKey(func(v *view) []KeyFigure { return v.BigKeys }),
	},
	{
		name: "basalt_prefix_hits_total", kind: counter, labels: []string{"prefix"},
		help: "Lookups for reading that found their key.",
		each: perPrefix(func(p *Prefix) int64 { return p.Hits }),
	},
	{
		name: "basalt_prefix_misses_total", kind: counter, labels: []string{"prefix"},
		help: "Lookups for reading that did not find their key.",
		each: perPrefix(func(p *Prefix) int64 { return p.Misses }),
	},
	{
		name: "basalt_prefix_request_bytes_total", kind: counter, labels: []string{"prefix"},
		help: "Bytes of commands.",
		each: perPrefix(func(p *Prefix) int64 { return p.In }),
	},
	{
		name: "basalt_prefix_reply_bytes_total", kind: counter, labels: []string{"prefix"},
		help: "Bytes of their replies.",
		each: perPrefix(func(p *Prefix) int64 { return p.Out }),
	},
	{
		name: "basalt_prefix_evicted_keys_total", kind: counter, labels: []string{"prefix"},
		help: "Keys removed because maxmemory was reached.",
		each: perPrefix(func(p *Prefix) int64 { return p.Evicted }),
	},
}

// labelMax is how much of a key is a label, in bytes.
const labelMax = 128

func perKey(list func(v *view) []KeyFigure) func(*view, func(float64, ...string)) {
	return func(v *view, add func(float64, ...string)) {
		eachKey(list(v), func(k KeyFigure) { add(k.Value, "db"+strconv.Itoa(k.Space), k.Key) })
	}
}

// eachKey calls f for keys whose names are text that may be shown.
func eachKey(list []KeyFigure, f func(KeyFigure)) {
	seen := make(map[KeyFigure]bool)
	for _, k := range list {
		value := k.Value
		k.Key, k.Value = label(k.Key), 0
		// Keys that begin alike may have one label once they are cut: the first
		// one, which has the largest figure, stands for them.
		if !seen[k] {
			seen[k] = true
			k.Value = value
			f(k)
		}
	}
}

func perPrefix(value func(p *Prefix) int64) func(*view, func(float64, ...string)) {
	return func(v *view, add func(float64, ...string)) {
		for i := range v.Prefixes {
			add(float64(value(&v.Prefixes[i])), text(v.Prefixes[i].Prefix))
		}
	}
}
