package config

// SavePoint starts a snapshot when so many seconds have passed and so many
// changes were made.
type SavePoint struct {
	Seconds, Changes int64
}

// CompressionFormat is how snapshots are compressed.
type CompressionFormat uint8

// The formats.
const (
	CompressLZF  CompressionFormat = iota // strings one by one
	CompressZstd                          // the whole file
)

// Snapshot is how the data set is saved as a whole.
type Snapshot struct {
	// Save holds the conditions that start a snapshot; none turns them off.
	Save []SavePoint
	// DBFilename is the snapshot's file name in Dir.
	DBFilename string
	// RDBCompression compresses strings.
	RDBCompression bool
	// RDBCompressionFormat is how.
	RDBCompressionFormat CompressionFormat
	// RDBCompressionLevel is the level of zstd.
	RDBCompressionLevel int
	// RDBVersion is the newest version of the format that is used.
	RDBVersion int
	// RDBChecksum writes and checks the checksum at the end.
	RDBChecksum bool
	// StopWritesOnBgsaveError refuses writes after a snapshot failed.
	StopWritesOnBgsaveError bool
	// RDBDelSyncFiles removes snapshots that only served a replication.
	RDBDelSyncFiles bool
	// RDBSaveIncrementalFsync writes to disk every few MB, not at the end.
	RDBSaveIncrementalFsync bool

	RDBKeySaveDelay      int
	KeyLoadDelay         int
	LoadingEventInterval int64
	BgsaveCPUList        string
}

const (
	loadsInSlices = "loading stops for the clients by time, every two milliseconds"
)

var snapshotRows = []Directive{
	{
		Name: "save", Flags: MultiArg, Apply: ApplySave, value: savePoints,
		Doc: "Start a snapshot when so many seconds have passed and so many changes were made. Several pairs, also on several lines, are alternatives; `save \"\"` turns snapshots off.",
	},
	{
		Name: "dbfilename", Flags: Protected,
		value: str(func(c *Config) *string { return &c.DBFilename }, "dump.rdb", checkFileName("dbfilename", "filename", true)),
		Doc:   "File name of the snapshot in `dir`.",
	},
	{
		Name:  "rdbcompression",
		value: yesNo(func(c *Config) *bool { return &c.RDBCompression }, true),
		Doc:   "Compress strings in snapshots and in what DUMP answers.",
	},
	{
		Name:  "rdb-version",
		value: integer(func(c *Config) *int { return &c.RDBVersion }, 11, 10, 11),
		Doc:   "Newest version of the format of snapshots and DUMP that is used: 11 is that of Redis 7.2, 10 that of 7.0. Fields of hashes with a time to live take that of 7.4 wherever they are.",
	},
	{
		Name: "rdb-compression-format",
		value: enum(func(c *Config) *CompressionFormat { return &c.RDBCompressionFormat }, CompressLZF,
			named[CompressionFormat]{"lzf", CompressLZF}, named[CompressionFormat]{"zstd", CompressZstd}),
		Doc: "How snapshots and bases of the append only file are compressed where `rdbcompression` is on: `lzf` is Redis's own, string by string; `zstd` compresses the file as a whole, which `zstd -d` turns into one that Redis reads.",
	},
	{
		Name:  "rdb-compression-level",
		value: integer(func(c *Config) *int { return &c.RDBCompressionLevel }, 3, 1, 22),
		Doc:   "Level of zstd, from the fastest to the smallest.",
	},
	{
		Name: "rdbchecksum", Flags: Immutable,
		value: yesNo(func(c *Config) *bool { return &c.RDBChecksum }, true),
		Doc:   "Write a checksum at the end of the snapshot and check it when loading.",
	},
	{
		Name:  "stop-writes-on-bgsave-error",
		value: yesNo(func(c *Config) *bool { return &c.StopWritesOnBgsaveError }, true),
		Doc:   "Refuse writes once a snapshot has failed, until one succeeds.",
	},
	{
		Name: "rdb-del-sync-files", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.RDBDelSyncFiles }, false),
		Doc:   "Remove snapshot files that only served a replication.",
	},
	{
		Name:  "rdb-save-incremental-fsync",
		value: yesNo(func(c *Config) *bool { return &c.RDBSaveIncrementalFsync }, true),
		Doc:   "Write the snapshot to the disk bit by bit rather than all at the end.",
	},
	{
		Name: "bgsave_cpulist", Alias: "bgsave-cpulist", Flags: Immutable,
		value: optional(func(c *Config) *string { return &c.BgsaveCPUList }),
		Doc:   "CPUs for the process that writes snapshots.",
	},
	{
		Name: "rdb-key-save-delay", Flags: Hidden,
		value: integer(func(c *Config) *int { return &c.RDBKeySaveDelay }, 0, -1<<31, maxInt),
		Doc:   "Microseconds to wait at every key of a snapshot, for tests.",
	},
	{
		Name: "key-load-delay", Flags: Hidden, Inert: loadsInSlices,
		value: integer(func(c *Config) *int { return &c.KeyLoadDelay }, 0, -1<<31, maxInt),
		Doc:   "Microseconds to wait at every key loaded, for tests.",
	},
	{
		Name: "loading-process-events-interval-bytes", Flags: Hidden, Inert: loadsInSlices,
		value: integer(func(c *Config) *int64 { return &c.LoadingEventInterval }, 2<<20, 1024, maxInt),
		Doc:   "Bytes loaded between two looks at the clients.",
	},
}
