package config

import (
	"strings"
)

// FsyncPolicy is when the append only file reaches the disk.
type FsyncPolicy uint8

// The policies.
const (
	FsyncEverySecond FsyncPolicy = iota
	FsyncAlways                  // before a write is answered
	FsyncNo                      // when the kernel likes
)

// AppendOnly is the log of writes.
type AppendOnly struct {
	// AppendOnlyEnabled is the directive appendonly.
	AppendOnlyEnabled bool
	// AppendFilename is the stem of the files in AppendDirname.
	AppendFilename string
	// AppendDirname is the directory of the files, in Dir.
	AppendDirname string
	// AppendFsync is when writes reach the disk.
	AppendFsync FsyncPolicy
	// NoAppendFsyncOnRewrite skips fsync while a rewrite or snapshot runs.
	NoAppendFsyncOnRewrite bool
	// AutoAOFRewritePercentage is the growth that starts a rewrite; 0 never.
	AutoAOFRewritePercentage int
	// AutoAOFRewriteMinSize is the size in bytes below which none starts.
	AutoAOFRewriteMinSize int64
	// AOFLoadTruncated accepts a last record cut short.
	AOFLoadTruncated bool
	// AOFUseRDBPreamble writes the base file as a snapshot.
	AOFUseRDBPreamble bool
	// AOFTimestampEnabled notes the time between records.
	AOFTimestampEnabled bool
	// AOFRewriteIncrementalFsync writes the base to disk every few MB.
	AOFRewriteIncrementalFsync bool
	// AOFDisableAutoGC keeps the files that a rewrite has replaced.
	AOFDisableAutoGC bool

	AOFRewriteCPUList string
	BIOCPUList        string
}

var appendOnlyRows = []Directive{
	{
		Name: "appendonly", Flags: DenyLoading, Apply: ApplyAppendOnly,
		value: yesNo(func(c *Config) *bool { return &c.AppendOnlyEnabled }, false),
		Doc:   "Log every write to the append only file.",
	},
	{
		Name: "appendfilename", Flags: Immutable,
		value: str(func(c *Config) *string { return &c.AppendFilename }, "appendonly.aof", checkFileName("appendfilename", "filename", false)),
		Doc:   "First part of the names of the append only files.",
	},
	{
		Name: "appenddirname", Flags: Immutable,
		value: str(func(c *Config) *string { return &c.AppendDirname }, "appendonlydir", checkFileName("appenddirname", "dirname", false)),
		Doc:   "Directory of the append only files, in `dir`.",
	},
	{
		Name: "appendfsync", Apply: ApplyAppendSync,
		value: enum(func(c *Config) *FsyncPolicy { return &c.AppendFsync }, FsyncEverySecond,
			named[FsyncPolicy]{"everysec", FsyncEverySecond}, named[FsyncPolicy]{"always", FsyncAlways},
			named[FsyncPolicy]{"no", FsyncNo}),
		Doc: "When logged writes reach the disk: before they are answered (`always`), every second, or when the kernel likes (`no`).",
	},
	{
		Name: "no-appendfsync-on-rewrite", Apply: ApplyAppendSync,
		value: yesNo(func(c *Config) *bool { return &c.NoAppendFsyncOnRewrite }, false),
		Doc:   "Do not wait for the disk while a rewrite or a snapshot keeps it busy.",
	},
	{
		Name:  "auto-aof-rewrite-percentage",
		value: integer(func(c *Config) *int { return &c.AutoAOFRewritePercentage }, 100, 0, maxInt),
		Doc:   "Rewrite the file when it has grown by so many percent since the last rewrite; 0 never does.",
	},
	{
		Name:  "auto-aof-rewrite-min-size",
		value: byteCount(func(c *Config) *int64 { return &c.AutoAOFRewriteMinSize }, 64<<20, 0, 1<<63-1),
		Doc:   "Size below which the file is not rewritten by itself.",
	},
	{
		Name:  "aof-load-truncated",
		value: yesNo(func(c *Config) *bool { return &c.AOFLoadTruncated }, true),
		Doc:   "Start even though the last record is incomplete, and cut it off.",
	},
	{
		Name:  "aof-use-rdb-preamble",
		value: yesNo(func(c *Config) *bool { return &c.AOFUseRDBPreamble }, true),
		Doc:   "Write the base of the append only file as a snapshot rather than as commands.",
	},
	{
		Name:  "aof-timestamp-enabled",
		value: yesNo(func(c *Config) *bool { return &c.AOFTimestampEnabled }, false),
		Doc:   "Note the time in the append only file, so that it can be cut back to a moment.",
	},
	{
		Name:  "aof-rewrite-incremental-fsync",
		value: yesNo(func(c *Config) *bool { return &c.AOFRewriteIncrementalFsync }, true),
		Doc:   "Write a rewritten file to the disk bit by bit rather than all at the end.",
	},
	{
		Name: "aof-disable-auto-gc", Apply: ApplyAppendOnly,
		value: yesNo(func(c *Config) *bool { return &c.AOFDisableAutoGC }, false),
		Doc:   "Keep the files that a rewrite has replaced.",
	},
	{
		Name: "aof_rewrite_cpulist", Alias: "aof-rewrite-cpulist", Flags: Immutable,
		value: optional(func(c *Config) *string { return &c.AOFRewriteCPUList }),
		Doc:   "CPUs for the process that rewrites the append only file.",
	},
	{
		Name: "bio_cpulist", Alias: "bio-cpulist", Flags: Immutable, Inert: "there are no threads for background work; it runs in slices between commands",
		value: optional(func(c *Config) *string { return &c.BIOCPUList }),
		Doc:   "CPUs for background threads.",
	},
}

// checkFileName refuses names with a directory in them; kind is the word Redis
// uses for the thing.
func checkFileName(directive, kind string, emptyAllowed bool) func(string) error {
	return func(s string) error {
		if s == "" && !emptyAllowed {
			return reason(directive + " can't be empty")
		}
		if strings.ContainsAny(s, `/\`) {
			return reason(directive + " can't be a path, just a " + kind)
		}
		return nil
	}
}
