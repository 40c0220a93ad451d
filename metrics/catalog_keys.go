package metrics

import (
	"math"
	"strconv"
)

const keyIntro = "`db` is `db0`, `db1`, ... The first 16 databases always have series, further ones up to number 255 while they hold keys."

var keyMetrics = []metric{
	{
		name: "redis_db_keys", kind: gauge, labels: []string{"db"},
		help: "Keys in the database.",
		each: perDatabase(everyDatabase, func(d *Database) float64 { return float64(d.Keys) }),
	},
	{
		name: "redis_db_keys_expiring", kind: gauge, labels: []string{"db"},
		help: "Keys in the database that have a time to live.",
		each: perDatabase(everyDatabase, func(d *Database) float64 { return float64(d.Expiring) }),
	},
	{
		name: "redis_db_avg_ttl_seconds", kind: gauge, labels: []string{"db"},
		help: "Mean time to live of the keys that have one.",
		each: perDatabase(inUse, func(d *Database) float64 { return seconds(d.AverageTTL) }),
	},
	{
		name: "redis_keyspace_hits_total", kind: counter,
		help:  "Lookups for reading that found their key.",
		value: func(v *view) float64 { return float64(v.Totals.Hits) },
	},
	{
		name: "redis_keyspace_misses_total", kind: counter,
		help:  "Lookups for reading that did not find their key.",
		value: func(v *view) float64 { return float64(v.Totals.Misses) },
	},
	{
		name: "redis_expired_keys_total", kind: counter,
		help:  "Keys removed because their time to live was over.",
		value: func(v *view) float64 { return float64(v.Totals.Expired) },
	},
	{
		name: "redis_expired_subkeys_total", kind: counter,
		help:  "Fields of hashes removed because their time to live was over.",
		value: func(v *view) float64 { return float64(v.Totals.ExpiredFields) },
	},
	{
		name: "redis_evicted_keys_total", kind: counter,
		help:  "Keys removed because `maxmemory` was reached.",
		value: func(v *view) float64 { return float64(v.Totals.Evicted) },
	},
	{
		name: "redis_eviction_exceeded_time_ms_total", kind: counter,
		help:  "Milliseconds in which memory was over `maxmemory` and keys were being removed.",
		value: func(v *view) float64 { return float64(v.Totals.OverLimit.Milliseconds()) },
	},
	{
		name: "redis_current_eviction_exceeded_time_ms", kind: gauge,
		help:  "For how many milliseconds memory has been over `maxmemory`, 0 if it is not.",
		value: func(v *view) float64 { return float64(v.Totals.OverLimitNow.Milliseconds()) },
	},
	{
		name: "basalt_expire_lag_seconds", kind: gauge,
		help:  "How late the most overdue key is: what timely expiry is behind.",
		value: func(v *view) float64 { return seconds(v.ExpireLag) },
	},
	{
		name: "basalt_expire_backlog", kind: gauge,
		help:  "1 while keys are due that are not removed yet, because the slice of time for it was over.",
		value: func(v *view) float64 { return truth(v.ExpireLag > 0) },
	},
	{
		name: "basalt_expired_lag_seconds_total", kind: counter,
		help:  "How much later than their deadlines keys were removed, summed up; over redis_expired_keys_total it is the mean.",
		value: func(v *view) float64 { return seconds(v.ExpiredLate) },
	},
	{
		name: "basalt_expired_lag_max_seconds", kind: gauge,
		help:  "The most by which a key was removed late, since the start or CONFIG RESETSTAT.",
		value: func(v *view) float64 { return seconds(v.ExpiredLatest) },
	},
}

const tableIntro = "Only databases that hold keys have series. A table grows by splitting one bucket at a time and shrinks " +
	"by merging them; there are `2^level + split` buckets, and `basalt_rehash_progress_ratio` runs from 0 to 1 while " +
	"their number doubles."

var tableMetrics = []metric{
	{
		name: "basalt_rehash_active", kind: gauge, labels: []string{"db"},
		help: "1 while the table has fewer or more buckets than its keys call for.",
		each: perDatabase(inUse, func(d *Database) float64 { return truth(d.Rehashing) }),
	},
	{
		name: "basalt_rehash_level", kind: gauge, labels: []string{"db"},
		help: "How often the number of buckets has doubled.",
		each: perDatabase(inUse, func(d *Database) float64 { return float64(d.Level) }),
	},
	{
		name: "basalt_rehash_split_buckets", kind: gauge, labels: []string{"db"},
		help: "Buckets of this level that are split.",
		each: perDatabase(inUse, func(d *Database) float64 { return float64(d.Split) }),
	},
	{
		name: "basalt_rehash_progress_ratio", kind: gauge, labels: []string{"db"},
		help: "Split buckets over all of this level.",
		each: perDatabase(inUse, func(d *Database) float64 { return math.Ldexp(float64(d.Split), -d.Level) }),
	},
	{
		name: "basalt_rehash_steps_total", kind: counter, labels: []string{"db"},
		help: "Splits and merges of buckets; it starts again when the database is flushed.",
		each: perDatabase(inUse, func(d *Database) float64 { return float64(d.Steps) }),
	},
	{
		name: "basalt_table_buckets", kind: gauge, labels: []string{"db"},
		help: "Buckets of the table, without overflow buckets.",
		each: perDatabase(inUse, func(d *Database) float64 { return float64(d.Buckets) }),
	},
	{
		name: "basalt_table_overflow_buckets", kind: gauge, labels: []string{"db"},
		help: "Buckets that hang behind full ones.",
		each: perDatabase(inUse, func(d *Database) float64 { return float64(d.Overflow) }),
	},
	{
		name: "basalt_table_bytes", kind: gauge, labels: []string{"db"},
		help: "Memory of the table, without keys and values.",
		each: perDatabase(inUse, func(d *Database) float64 { return float64(d.Bytes) }),
	},
}

func everyDatabase(*Database) bool { return true }

func inUse(d *Database) bool { return d.Keys > 0 }

// perDatabase is the series of a figure of those databases that have it.
func perDatabase(has func(*Database) bool, value func(*Database) float64) func(*view, func(float64, ...string)) {
	return func(v *view, add func(float64, ...string)) {
		for i := range v.Databases {
			if d := &v.Databases[i]; has(d) {
				add(value(d), "db"+strconv.Itoa(d.Index))
			}
		}
	}
}
