package db

import (
	"bytes"
	"strconv"
	"unsafe"

	"basalt/db/pack"
	"basalt/internal/decimal"
	"basalt/internal/double"
)

// A small sorted set is a pack of members and scores in turn, in order. A score
// that is a whole number is an integer there, minus zero becoming zero; others
// are the text of the number.

// wholeMax bounds the scores that are kept as integers.
const wholeMax = 1 << 62

// scoreElement returns what a score is stored as; a text is written to scratch,
// which has double.TextMax bytes.
func scoreElement(score float64, scratch []byte) pack.Element {
	if score >= -wholeMax && score <= wholeMax {
		if n := int64(score); float64(n) == score {
			return pack.OfInt(n)
		}
	}
	return pack.Of(double.Append(scratch[:0], score))
}

// elementScore is the inverse of scoreElement.
func elementScore(e pack.Element) float64 {
	if e.IsInt {
		return float64(e.Int)
	}
	score, _ := strconv.ParseFloat(unsafe.String(unsafe.SliceData(e.Bytes), len(e.Bytes)), 64)
	return score
}

// packedMember returns the position of a member, -1 if there is none.
func packedMember(p pack.Pack, member pack.Element) int { return p.Find(p.First(), member, 1) }

// packedScore returns the score of the member at at.
func packedScore(p pack.Pack, at int) float64 { return elementScore(p.Get(p.Next(at))) }

// compareText compares the text of an element with b.
func compareText(e pack.Element, b []byte) int {
	var scratch [decimal.MaxLen]byte
	return bytes.Compare(e.Text(scratch[:]), b)
}

// packedPlace returns the position before which a member of that score comes.
func packedPlace(p pack.Pack, score float64, member []byte) int {
	at := p.First()
	for !p.IsEnd(at) {
		value := p.Next(at)
		s := elementScore(p.Get(value))
		if s > score || s == score && compareText(p.Get(at), member) > 0 {
			break
		}
		at = p.Next(value)
	}
	return at
}

// packedInsert puts in a member that is not there. m is the element of member.
func (k *Keyspace) packedInsert(slot *packSlot, m pack.Element, member []byte, score float64) {
	var scratch [double.TextMax]byte
	value := scoreElement(score, scratch[:])
	p := k.growPack(slot, m.Size()+value.Size())
	at := packedPlace(p, score, member)
	p.Insert(at, value).Insert(at, m)
}

// zsetToTree makes a small sorted set a large one.
func (k *Keyspace) zsetToTree(e *Entry) {
	z := k.newZSet()
	p := packSlot(*e.slot()).pack()
	var scratch [decimal.MaxLen]byte
	for at := p.First(); !p.IsEnd(at); {
		value := p.Next(at)
		b := p.Get(at).Text(scratch[:])
		k.zsetInsert(z, Hash(b), b, elementScore(p.Get(value)))
		at = p.Next(value)
	}
	k.freePack(packSlot(*e.slot()))
	e.recode(encObject, z.slot())
}
