package persist

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"basalt/db"
	"basalt/db/arena"
	"basalt/db/pack"
)

// rdbFile makes an RDB file: head, then what body writes, then the end.
func rdbFile(version int, body func(w *encoder)) []byte {
	w := encoder{buf: fmt.Appendf(nil, "REDIS%04d", version)}
	body(&w)
	w.buf = append(w.buf, rdbEOF)
	if version < versionSum {
		return w.buf
	}
	return binary.LittleEndian.AppendUint64(w.buf, updateCRC(0, w.buf))
}

// stringsFile has count keys of 16 bytes with values of 64.
func stringsFile(count int, ttl bool) []byte {
	value := bytes.Repeat([]byte("v"), 64)
	return rdbFile(Version70, func(w *encoder) {
		w.buf = append(w.buf, rdbSelectDB, 0, rdbResizeDB)
		w.length(uint64(count))
		w.length(0)
		for i := range count {
			if ttl {
				w.buf = binary.LittleEndian.AppendUint64(append(w.buf, rdbExpireMs), uint64(4e12)+uint64(i))
			}
			w.buf = append(w.buf, byte(typeString))
			w.bytes(fmt.Appendf(nil, "key:%012d", i*7919%count))
			w.bytes(value)
		}
	})
}

func benchmarkLoad(b *testing.B, file []byte, keys int) {
	arena.PrepareAhead() // as the server does
	b.SetBytes(int64(len(file)))
	b.ResetTimer()
	var executor time.Duration
	for range b.N {
		k := db.New(1, 1e12)
		l, err := OpenRDB(bytes.NewReader(file), int64(len(file)), k, LoadOptions{Checksum: true})
		if err != nil {
			b.Fatal(err)
		}
		for done := false; !done; {
			start := time.Now()
			if done, err = l.Step(time.Millisecond); err != nil {
				b.Fatal(err)
			}
			executor = max(executor, time.Since(start))
		}
		l.Close()
		if k.Len() != keys {
			b.Fatalf("%d keys of %d", k.Len(), keys)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(keys), "ns/key")
	b.ReportMetric(float64(executor.Microseconds()), "µs/worst-step")
}

func BenchmarkLoadStrings(b *testing.B) {
	benchmarkLoad(b, stringsFile(2_000_000, false), 2_000_000)
}

func BenchmarkLoadVolatile(b *testing.B) {
	benchmarkLoad(b, stringsFile(1_000_000, true), 1_000_000)
}

func BenchmarkLoadZstd(b *testing.B) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkLoad(b, w.EncodeAll(stringsFile(1_000_000, false), nil), 1_000_000)
}

func BenchmarkLoadSet(b *testing.B) {
	const members = 1_000_000
	benchmarkLoad(b, rdbFile(Version72, func(w *encoder) {
		w.buf = append(w.buf, byte(typeSet), 1, 's')
		w.length(members)
		for i := range members {
			w.bytes(fmt.Appendf(nil, "member:%09d", i))
		}
	}), 1)
}

// BenchmarkLoadHashes loads small hashes, which lie in memory as they stand in
// the file.
func BenchmarkLoadHashes(b *testing.B) {
	const hashes, fields = 20_000, 100
	p := pack.New(make([]byte, 16<<10))
	for i := range fields {
		p = p.Append(pack.Of(fmt.Appendf(nil, "field:%d", i))).Append(pack.Of(fmt.Appendf(nil, "value %d", i)))
	}
	benchmarkLoad(b, rdbFile(Version72, func(w *encoder) {
		for i := range hashes {
			w.buf = append(w.buf, byte(typeHashPack))
			w.bytes(fmt.Appendf(nil, "hash:%d", i))
			w.bytes(p)
		}
	}), hashes)
}
