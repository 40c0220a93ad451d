package persist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"basalt/db"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// ErrPayload says that the version or the checksum of a payload is not right.
var ErrPayload = errors.New("DUMP payload version or checksum are wrong")

const payloadFooter = 2 + 8

// CheckPayload looks at the version and the checksum of a payload made by
// Dumper or by Redis. It returns ErrPayload if it cannot be read.
func CheckPayload(b []byte) error {
	if len(b) <= payloadFooter {
		return ErrPayload
	}
	body := b[:len(b)-8]
	if binary.LittleEndian.Uint16(body[len(body)-2:]) > VersionRead ||
		binary.LittleEndian.Uint64(b[len(body):]) != updateCRC(0, body) {
		return ErrPayload
	}
	return nil
}

// Restorer reads values. It may be used again and again by one thread.
type Restorer struct {
	decoder
	keys  *db.Keyspace
	d     *db.DB
	key   []byte
	hash  uint64
	entry *db.Entry
	one   [1][]byte
	pair  [2][]byte
	text  [decimal.MaxLen]byte
}

// Read makes the value of a payload, for which CheckPayload returned nil, in
// the keyspace's Scratch database, under key, whose db.Hash is hash, and
// returns its entry. On an error, which says what is wrong with the payload,
// nothing is left there. The caller renames the entry at once.
func (r *Restorer) Read(keys *db.Keyspace, key []byte, hash uint64, payload []byte) (*db.Entry, error) {
	r.decoder = decoder{data: payload[:len(payload)-payloadFooter], scratch: r.scratch}
	r.keys, r.d, r.key, r.hash, r.entry = keys, keys.Scratch(), key, hash, nil
	t := valueType(r.byte())
	r.value(t)
	e := r.d.Peek(key, hash)
	switch {
	case r.err != nil:
	case r.at != len(r.data):
		r.fail("%d bytes behind the value", len(r.data)-r.at)
	case e == nil:
		r.fail("no elements")
	}
	if r.err != nil {
		r.d.Delete(key, hash)
		return nil, fmt.Errorf("value of type %d, at byte %d: %w", t, r.at, r.err)
	}
	return e, nil
}

func (r *Restorer) value(t valueType) {
	switch t {
	case typeString:
		r.d.SetString(r.key, r.hash, r.bytes(), db.NoDeadline)
	case typeList:
		for n := r.length(); n > 0 && r.err == nil; n-- {
			r.push(r.bytes())
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
		r.listpack(r.bytes(), 1, func(e [3]db.Element) { r.member(e[0].Text(r.text[:])) })
	case typeZSet, typeZSetText:
		r.zset(t)
	case typeZSetPack:
		r.listpack(r.bytes(), 2, func(e [3]db.Element) {
			var number [decimal.MaxLen]byte
			r.scoredText(e[0].Text(r.text[:]), e[1].Text(number[:]))
		})
	case typeZSetZip:
		r.ziplistPairs(r.scoredText)
	case typeHash, typeHashPack, typeHashZip, typeZipmap, typeHashTTL, typeHashTTLZip:
		r.hashOf(t)
	case typeStream1, typeStream2, typeStream3:
		r.stream(t)
	default:
		r.fail("unknown type")
	}
}

// listpack calls f for the elements of a listpack, each times together.
func (r *Restorer) listpack(b []byte, each int, f func(e [3]db.Element)) {
	if r.err != nil {
		return
	}
	if !pack.Check(b) {
		r.fail("damaged listpack")
		return
	}
	p := pack.Pack(b)
	if p.Len()%each != 0 {
		r.fail("listpack of %d elements", p.Len())
		return
	}
	for at := p.First(); !p.IsEnd(at) && r.err == nil; {
		var e [3]db.Element
		for i := range each {
			e[i] = p.Get(at)
			at = p.Next(at)
		}
		f(e)
	}
}

// ziplist calls f for the elements of a ziplist.
func (r *Restorer) ziplist(f func(b []byte)) {
	b := r.bytes()
	if r.err != nil {
		return
	}
	if err := eachZiplist(b, func(e []byte) error { f(e); return r.err }); err != nil && r.err == nil {
		r.err = err
	}
}

// ziplistPairs calls f for pairs of elements.
func (r *Restorer) ziplistPairs(f func(a, b []byte)) {
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

// push appends an element to the list.
func (r *Restorer) push(b []byte) {
	if r.err != nil {
		return
	}
	if r.entry == nil {
		r.entry = r.d.NewList(r.key, r.hash)
	}
	r.one[0] = b
	r.d.ListGrow(r.entry, r.one[:])
	r.d.ListPush(r.entry, r.one[:], false)
}

func (r *Restorer) quicklist(t valueType) {
	for n := r.length(); n > 0 && r.err == nil; n-- {
		if t == typeQuicklist {
			r.ziplist(r.push)
			continue
		}
		switch kind := r.length(); kind {
		case nodePlain:
			r.push(r.bytes())
		case nodePacked:
			r.listpack(r.bytes(), 1, func(e [3]db.Element) { r.push(e[0].Text(r.text[:])) })
		default:
			r.fail("node of unknown kind %d", kind)
		}
	}
}

// member adds a member to the set.
func (r *Restorer) member(b []byte) {
	if r.err != nil {
		return
	}
	r.one[0] = b
	if r.d.SetAdd(r.key, r.hash, r.d.Peek(r.key, r.hash), r.one[:]) != 1 {
		r.fail("member %.40q is there twice", b)
	}
}

func (r *Restorer) intset(b []byte) {
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

func (r *Restorer) zset(t valueType) {
	for n := r.length(); n > 0 && r.err == nil; n-- {
		// The score is read behind the member, which may be in scratch.
		member := r.bytes()
		if t == typeZSet {
			r.scored(member, r.double())
		} else {
			r.scored(member, r.doubleText())
		}
	}
}

func (r *Restorer) scored(member []byte, score float64) {
	if r.err != nil {
		return
	}
	if math.IsNaN(score) {
		r.fail("score of %.40q is no number", member)
		return
	}
	if r.entry == nil {
		r.entry = r.d.ZCreate(r.key, r.hash, 1, len(member))
	}
	if outcome, _ := r.d.ZAdd(r.entry, score, member, 0); outcome != db.ZAdded {
		r.fail("member %.40q is there twice", member)
	}
}

// scoredText is scored for the text of a score.
func (r *Restorer) scoredText(member, score []byte) {
	f, ok := parseScore(score)
	if !ok {
		r.fail("score %.40q is no number", score)
		return
	}
	r.scored(member, f)
}

// field sets a field of the hash; deadline is a Unix time in ms or NoDeadline.
func (r *Restorer) field(name, value []byte, deadline int64) {
	if r.err != nil {
		return
	}
	r.pair = [2][]byte{name, value}
	r.entry = r.d.HashPrepare(r.key, r.hash, r.entry, r.pair[:])
	if !r.d.HashPut(r.entry, name, value) {
		r.fail("field %.40q is there twice", name)
		return
	}
	if deadline != db.NoDeadline {
		r.d.HashSetDeadline(r.entry, name, deadline)
	}
}

func (r *Restorer) hashOf(t valueType) {
	earliest := int64(0)
	if t == typeHashTTL || t == typeHashTTLZip {
		earliest = r.time()
	}
	switch t {
	case typeHashPack:
		r.listpack(r.bytes(), 2, func(e [3]db.Element) {
			var value [decimal.MaxLen]byte
			r.field(e[0].Text(r.text[:]), e[1].Text(value[:]), db.NoDeadline)
		})
	case typeHashTTLZip:
		r.listpack(r.bytes(), 3, func(e [3]db.Element) {
			var value [decimal.MaxLen]byte
			deadline := db.NoDeadline
			if e[2].Int != 0 {
				deadline = e[2].Int
			}
			if !e[2].IsInt || deadline < db.NoDeadline {
				r.fail("deadline that is no time")
			}
			r.field(e[0].Text(r.text[:]), e[1].Text(value[:]), deadline)
		})
	case typeHashZip:
		r.ziplistPairs(func(name, value []byte) { r.field(name, value, db.NoDeadline) })
	case typeZipmap:
		b := r.bytes()
		if r.err == nil {
			if err := eachZipmap(b, func(name, value []byte) error {
				r.field(name, value, db.NoDeadline)
				return r.err
			}); r.err == nil {
				r.err = err
			}
		}
	default:
		r.fields(t, earliest)
	}
}

func (r *Restorer) fields(t valueType, earliest int64) {
	var name []byte
	for n := r.length(); n > 0 && r.err == nil; n-- {
		deadline := db.NoDeadline
		if t == typeHashTTL {
			if after := r.length(); after > math.MaxInt64/4 {
				r.fail("deadline out of range")
			} else if after > 0 {
				deadline = earliest + int64(after) - 1
			}
		}
		name = append(name[:0], r.bytes()...) // the value may need the scratch
		r.field(name, r.bytes(), deadline)
	}
}

// time reads a Unix time in ms.
func (r *decoder) time() int64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	t := int64(binary.LittleEndian.Uint64(b))
	if t < -1 || t > math.MaxInt64/4 {
		r.fail("time %d out of range", t)
		return 0
	}
	return t
}
