package persist

import (
	"math"

	"basalt/db"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// step is one of the pieces that a value is read as. Whoever reads checks all
// that can be known of a value by itself; what builds it, elsewhere perhaps,
// finds out about members that are there twice.
type step uint8

// The steps, and what x, y, a and b of each are. A blob's x is its token.
const (
	// stepPack is a whole collection of db.Type x, or a node of a list: the
	// listpack a; y is the length of the longest element that counts.
	stepPack         step = iota
	stepText              // a string: a
	stepBlob              // a long string
	stepElement           // an element of a list: a
	stepElementBlob       // a long one
	stepMember            // a member of a set: a
	stepScored            // a member of a sorted set: a; x is the score's bits
	stepField             // a field of a hash: a; b its value, x its deadline or NoDeadline
	stepStream            // a stream begins
	stepPair              // a field of the entry that follows: a; b its value
	stepEntry             // the entry of ID x-y
	stepStreamLast        // the stream's last ID x-y
	stepStreamDelete      // the greatest ID deleted x-y
	stepStreamAdded       // x entries were added
	stepGroup             // a group: a; its last ID x-y
	stepGroupRead         // x entries were read by it
	stepConsumer          // a consumer of it: a; x when it was seen, y when active
	stepDelivered         // an entry was delivered at x, y times:
	stepPending           // its ID x-y
	stepLast              // not a step
)

// stepSink takes the steps of values. Slices are good until put returns, those
// of stepPair until the stepEntry that follows. A blob is the sink's, whatever
// it returns.
type stepSink interface {
	put(k step, x, y uint64, a, b []byte) error
}

// blobMin is the length from which strings are read into memory of their own,
// to become part of the keyspace without being copied.
const blobMin = 64 << 10

// valueReader reads values and tells sink of them.
type valueReader struct {
	decoder
	sink stepSink
	// blobs says that sink takes blobs; none come from memory.
	blobs bool
	// name and kept keep strings over the read of another one.
	name   []byte
	kept   []byte
	text   [decimal.MaxLen]byte
	number [decimal.MaxLen]byte
	check  packCheck
	// elementwise says that all listpacks are taken apart.
	elementwise bool
	// fields are those of an entry of a stream.
	fields [][]byte
	// count is how many steps were put.
	count int
}

func (r *valueReader) put(k step, x, y uint64, a, b []byte) {
	if r.err != nil {
		return
	}
	r.count++
	if err := r.sink.put(k, x, y, a, b); err != nil {
		r.stop(err)
	}
}

func (r *valueReader) value(t valueType) {
	switch t {
	case typeString:
		r.string(stepText)
	case typeList:
		for n := r.length(); n > 0 && r.err == nil; n-- {
			r.string(stepElement)
		}
	case typeQuicklist, typeQuicklist2:
		r.quicklist(t)
	case typeZiplist:
		r.ziplist(r.push)
	case typeSet:
		for n := r.length(); n > 0 && r.err == nil; n-- {
			r.member(r.bytes())
		}
	case typeIntset:
		r.intset(r.bytes())
	case typeSetPack:
		r.packed(db.TypeSet, 1)
	case typeZSet, typeZSetText:
		r.zset(t)
	case typeZSetPack:
		r.packed(db.TypeZSet, 2)
	case typeZSetZip:
		r.ziplistPairs(r.scoredText)
	case typeHash, typeHashPack, typeHashZip, typeZipmap, typeHashTTL, typeHashTTLZip, typeHashDeadlines:
		r.hashOf(t)
	case typeStream1, typeStream2, typeStream3:
		r.stream(t)
	default:
		r.fail("unknown type")
	}
}

// triples calls f for the elements of a listpack, three by three.
func (r *valueReader) triples(b []byte, f func(e [3]db.Element)) {
	if r.err != nil {
		return
	}
	if !pack.Check(b) {
		r.fail("damaged listpack")
		return
	}
	p := pack.Pack(b)
	if p.Len()%3 != 0 {
		r.fail("listpack of %d elements", p.Len())
		return
	}
	for at := p.First(); !p.IsEnd(at) && r.err == nil; {
		var e [3]db.Element
		for i := range e {
			e[i] = p.Get(at)
			at = p.Next(at)
		}
		f(e)
	}
}

// ziplist calls f for the elements of a ziplist.
func (r *valueReader) ziplist(f func(b []byte)) {
	b := r.bytes()
	if r.err != nil {
		return
	}
	if err := eachZiplist(b, func(e []byte) error { f(e); return r.err }); err != nil {
		r.stop(err)
	}
}

// ziplistPairs calls f for pairs of elements.
func (r *valueReader) ziplistPairs(f func(a, b []byte)) {
	var first []byte
	odd := false
	r.ziplist(func(b []byte) {
		if odd = !odd; odd {
			first = append(first[:0], b...)
			return
		}
		f(first, b)
	})
	if odd {
		r.fail("an element without its pair")
	}
}

// string reads a string that is a value, or an element of a list.
func (r *valueReader) string(k step) {
	n, form := r.lengthOrForm()
	switch {
	case r.err != nil:
	case form && n == formLZF:
		r.compressedString(k)
	case form:
		r.put(k, 0, 0, r.formed(n), nil)
	case n > stringMax:
		r.stop(ErrTruncated)
	case n < blobMin || !r.blobs || !r.has(n) || n > uint64(r.src.justified()):
		r.put(k, 0, 0, r.take(int(n)), nil)
	default:
		if b, token, ok := r.newBlob(int(n)); ok {
			r.fill(b[:0], int(n))
			r.putBlob(k, token)
		}
	}
}

func (r *valueReader) compressedString(k step) {
	packed, size := r.compressedSizes()
	in := r.take(packed)
	if r.err != nil {
		return
	}
	if size < blobMin || !r.blobs {
		out, err := lzfDecompress(r.scratch[:0], in, size)
		if err != nil {
			r.stop(err)
			return
		}
		r.put(k, 0, 0, out, nil)
		if r.scratch = out; cap(out) > scratchKept {
			r.scratch = nil
		}
		return
	}
	if b, token, ok := r.newBlob(size); ok {
		if _, err := lzfDecompress(b[:0], in, size); err != nil {
			r.stop(err)
		}
		r.putBlob(k, token)
	}
}

func (r *valueReader) newBlob(n int) (b []byte, token uint64, ok bool) {
	if b, token, ok = db.NewBlob(n); !ok {
		r.fail("no memory for a string of %d bytes", n)
	}
	return b, token, ok
}

// putBlob is put for the blob of a value that put would have as bytes.
func (r *valueReader) putBlob(k step, token uint64) {
	if r.err != nil {
		db.DiscardBlob(token)
		return
	}
	if k == stepText {
		r.put(stepBlob, token, 0, nil, nil)
	} else {
		r.put(stepElementBlob, token, 0, nil, nil)
	}
}

func (r *valueReader) push(b []byte) { r.put(stepElement, 0, 0, b, nil) }

func (r *valueReader) quicklist(t valueType) {
	for n := r.length(); n > 0 && r.err == nil; n-- {
		if t == typeQuicklist {
			r.ziplist(r.push)
			continue
		}
		switch kind := r.length(); kind {
		case nodePlain:
			r.string(stepElement)
		case nodePacked:
			r.packed(db.TypeList, 1)
		default:
			r.fail("node of unknown kind %d", kind)
		}
	}
}

func (r *valueReader) member(b []byte) { r.put(stepMember, 0, 0, b, nil) }

func (r *valueReader) intset(b []byte) {
	if r.err != nil {
		return
	}
	if !pack.CheckIntset(b) {
		r.fail("damaged intset")
		return
	}
	s := pack.Intset(b)
	for i := range s.Len() {
		r.member(decimal.AppendInt(r.text[:0], s.At(i)))
	}
}

func (r *valueReader) zset(t valueType) {
	for n := r.length(); n > 0 && r.err == nil; n-- {
		r.name = append(r.name[:0], r.bytes()...) // the score is read behind it
		if t == typeZSet {
			r.scored(r.name, r.double())
		} else {
			r.scored(r.name, r.doubleText())
		}
		r.trim()
	}
}

// trim lets go of the memory that long strings took.
func (r *valueReader) trim() {
	if cap(r.name)+cap(r.kept) > scratchKept {
		r.name, r.kept = nil, nil
	}
}

func (r *valueReader) scored(member []byte, score float64) {
	if math.IsNaN(score) {
		r.fail("score of %.40q is no number", member)
		return
	}
	r.put(stepScored, math.Float64bits(score), 0, member, nil)
}

// scoredText is scored for the text of a score.
func (r *valueReader) scoredText(member, score []byte) {
	f, ok := parseScore(score)
	if !ok {
		r.fail("score %.40q is no number", score)
		return
	}
	r.scored(member, f)
}

// field is a field of a hash; deadline is a Unix time in ms or NoDeadline.
func (r *valueReader) field(name, value []byte, deadline int64) {
	r.put(stepField, uint64(deadline), 0, name, value)
}

func (r *valueReader) hashOf(t valueType) {
	earliest := int64(0)
	if t == typeHashTTL || t == typeHashTTLZip {
		earliest = r.time()
	}
	switch t {
	case typeHashPack:
		r.packed(db.TypeHash, 2)
	case typeHashTTLZip:
		r.triples(r.bytes(), func(e [3]db.Element) {
			deadline := db.NoDeadline
			if e[2].Int != 0 {
				deadline = e[2].Int
			}
			if !e[2].IsInt || deadline < db.NoDeadline {
				r.fail("deadline that is no time")
			}
			r.field(e[0].Text(r.text[:]), e[1].Text(r.number[:]), deadline)
		})
	case typeHashZip:
		r.ziplistPairs(func(name, value []byte) { r.field(name, value, db.NoDeadline) })
	case typeZipmap:
		r.zipmap(r.bytes())
	default:
		r.eachField(t, earliest)
	}
}

func (r *valueReader) zipmap(b []byte) {
	if r.err != nil {
		return
	}
	if err := eachZipmap(b, func(name, value []byte) error {
		r.field(name, value, db.NoDeadline)
		return r.err
	}); err != nil {
		r.stop(err)
	}
}

// eachField reads fields one by one. Those of typeHashTTL have their deadline in
// front, as what it is after the earliest, those of typeHashDeadlines behind.
func (r *valueReader) eachField(t valueType, earliest int64) {
	for n := r.length(); n > 0 && r.err == nil; n-- {
		deadline := db.NoDeadline
		if t == typeHashTTL {
			if after := r.length(); after > math.MaxInt64/4 {
				r.fail("deadline out of range")
			} else if after > 0 {
				deadline = earliest + int64(after) - 1
			}
		}
		r.name = append(r.name[:0], r.bytes()...)
		value := r.bytes()
		if t == typeHashDeadlines {
			if len(value) > 0 {
				// The time behind it may be in the next chunk.
				r.kept = append(r.kept[:0], value...)
				value = r.kept
			}
			deadline = r.time()
		}
		r.field(r.name, value, deadline)
		r.trim()
	}
}

// time reads a Unix time in ms.
func (r *decoder) time() int64 {
	t := r.millis()
	if t < -1 || t > math.MaxInt64/4 {
		r.fail("time %d out of range", t)
		return 0
	}
	return t
}
