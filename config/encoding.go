package config

// Encoding holds the sizes up to which small collections are packed.
type Encoding struct {
	// HashMaxListpackEntries, HashMaxListpackValue: fields, and bytes of the
	// largest field or value.
	HashMaxListpackEntries, HashMaxListpackValue int64
	// ListMaxListpackSize: elements of one pack, or -1 to -5 for 4 to 64 KB.
	ListMaxListpackSize int
	// ListCompressDepth: packs at both ends that stay uncompressed; 0 compresses
	// none.
	ListCompressDepth int
	// SetMaxIntsetEntries: members of a set of integers.
	SetMaxIntsetEntries int64
	// SetMaxListpackEntries, SetMaxListpackValue: members, bytes of the largest.
	SetMaxListpackEntries, SetMaxListpackValue int64
	// ZsetMaxListpackEntries, ZsetMaxListpackValue: members, bytes of the largest.
	ZsetMaxListpackEntries, ZsetMaxListpackValue int64
	// HLLSparseMaxBytes: bytes of a sparse HyperLogLog.
	HLLSparseMaxBytes int64
	// StreamNodeMaxBytes, StreamNodeMaxEntries: size of a pack of a stream; 0 is
	// no limit.
	StreamNodeMaxBytes, StreamNodeMaxEntries int64
}

var encodingRows = []Directive{
	{
		Name: "hash-max-listpack-entries", Alias: "hash-max-ziplist-entries", Apply: ApplyEncoding,
		value: integer(func(c *Config) *int64 { return &c.HashMaxListpackEntries }, 512, 0, 1<<63-1),
		Doc:   "Fields up to which a hash is packed.",
	},
	{
		Name: "hash-max-listpack-value", Alias: "hash-max-ziplist-value", Apply: ApplyEncoding,
		value: byteCount(func(c *Config) *int64 { return &c.HashMaxListpackValue }, 64, 0, 1<<63-1),
		Doc:   "Length of a field or value up to which a hash is packed.",
	},
	{
		Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", Apply: ApplyEncoding,
		value: integer(func(c *Config) *int { return &c.ListMaxListpackSize }, -2, -1<<31, maxInt),
		Doc:   "Elements in one pack of a list, or -1 to -5 for 4, 8, 16, 32 or 64 KB.",
	},
	{
		Name: "list-compress-depth", Inert: "packs are not compressed: an element costs two bytes more than itself as it is",
		value: integer(func(c *Config) *int { return &c.ListCompressDepth }, 0, 0, maxInt),
		Doc:   "Packs at both ends of a list that are not compressed; 0 compresses none.",
	},
	{
		Name: "set-max-intset-entries", Apply: ApplyEncoding,
		value: integer(func(c *Config) *int64 { return &c.SetMaxIntsetEntries }, 512, 0, 1<<63-1),
		Doc:   "Members up to which a set of integers is an array.",
	},
	{
		Name: "set-max-listpack-entries", Apply: ApplyEncoding,
		value: integer(func(c *Config) *int64 { return &c.SetMaxListpackEntries }, 128, 0, 1<<63-1),
		Doc:   "Members up to which a set is packed.",
	},
	{
		Name: "set-max-listpack-value", Apply: ApplyEncoding,
		value: integer(func(c *Config) *int64 { return &c.SetMaxListpackValue }, 64, 0, 1<<63-1),
		Doc:   "Length of a member up to which a set is packed.",
	},
	{
		Name: "zset-max-listpack-entries", Alias: "zset-max-ziplist-entries", Apply: ApplyEncoding,
		value: integer(func(c *Config) *int64 { return &c.ZsetMaxListpackEntries }, 128, 0, 1<<63-1),
		Doc:   "Members up to which a sorted set is packed.",
	},
	{
		Name: "zset-max-listpack-value", Alias: "zset-max-ziplist-value", Apply: ApplyEncoding,
		value: byteCount(func(c *Config) *int64 { return &c.ZsetMaxListpackValue }, 64, 0, 1<<63-1),
		Doc:   "Length of a member up to which a sorted set is packed.",
	},
	{
		Name: "hll-sparse-max-bytes", Apply: ApplyEncoding,
		value: byteCount(func(c *Config) *int64 { return &c.HLLSparseMaxBytes }, 3000, 0, 1<<63-1),
		Doc:   "Size up to which a HyperLogLog is sparse.",
	},
	{
		Name: "stream-node-max-bytes", Apply: ApplyEncoding,
		value: byteCount(func(c *Config) *int64 { return &c.StreamNodeMaxBytes }, 4096, 0, 1<<63-1),
		Doc:   "Bytes in one pack of a stream; 0 is no limit.",
	},
	{
		Name: "stream-node-max-entries", Apply: ApplyEncoding,
		value: integer(func(c *Config) *int64 { return &c.StreamNodeMaxEntries }, 100, 0, 1<<63-1),
		Doc:   "Entries in one pack of a stream; 0 is no limit.",
	},
}
