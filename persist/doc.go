// Package persist is how data leaves the process and comes back: the values of
// RDB files and of DUMP, in Redis's own format, and the files themselves.
//
// # A snapshot's way
//
//	executor                               child (the same program, or a goroutine)
//	db.BeginSnapshot ─► ringSink ─────────► frameReader ─► assembler ─► rdbWriter  ─► stream ─► [zstd] ─► file
//	                    writes frames into  reads them     whole keys,  respWriter    counts,             synced,
//	                    a ringbuf.Shared    in place       in order                   checksums           renamed
//
// All of them are driven by, or drive, the visitors of package db: without a
// child (Save, WriteRDB) the keyspace drives the writer itself.
//
// # Values
//
// Integers are little-endian unless said otherwise. A length is
//
//	00llllll                   below 64
//	01llllll llllllll          below 16384, high bits first
//	10000000 u32               big-endian
//	10000001 u64               big-endian
//
// and a string is a length and its bytes, or one of the short forms
//
//	11000000 i8                the text of an integer
//	11000001 i16
//	11000010 i32
//	11000011 length length ... compressed by LZF: lengths of what follows and
//	                           of what it stands for
//
// (Redis's RDB file format.) What comes from outside is never trusted: lengths
// are compared with what is there before anything is allocated for them.
package persist
