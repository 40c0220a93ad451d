package command

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"

	"basalt/db"
	"basalt/internal/decimal"
)

// digest is the signature that DEBUG DIGEST shows of data: 20 bytes that do
// not depend on the order of what has none. It is the same that redis-server
// shows of the same data, so that servers can be compared.
type digest [sha1.Size]byte

// add puts b into the digest, whatever else is or will be in it.
func (d *digest) add(b []byte) {
	h := sha1.Sum(b)
	for i := range d {
		d[i] ^= h[i]
	}
}

// mix puts b into the digest behind what is in it.
func (d *digest) mix(b []byte) {
	d.add(b)
	*d = sha1.Sum(d[:])
}

// digestTypes are the numbers that Redis has for the types.
var digestTypes = [...]uint32{
	db.TypeString: 0, db.TypeList: 1, db.TypeSet: 2, db.TypeZSet: 3, db.TypeHash: 4, db.TypeStream: 6,
}

// addValue puts in the value of e, an entry of in, and that it expires, but not
// when.
func (d *digest) addValue(in *db.DB, e *db.Entry) {
	var scratch [decimal.MaxLen]byte
	var kind [4]byte
	binary.BigEndian.PutUint32(kind[:], digestTypes[e.Type()])
	d.mix(kind[:])
	switch e.Type() {
	case db.TypeString:
		d.mix(e.Bytes(scratch[:]))
	case db.TypeList:
		for it := e.ListAt(0); !it.Done(); it.Next() {
			d.mix(it.Element().Text(scratch[:]))
		}
	case db.TypeSet:
		e.SetEach(func(m db.Element) { d.add(m.Text(scratch[:])) })
	case db.TypeZSet:
		d.addZSet(e)
	case db.TypeHash:
		d.addHash(in, e)
	case db.TypeStream:
		d.addStream(e.Stream())
	}
	if _, volatile := e.Deadline(); volatile {
		d.add([]byte("!!expire!!"))
	}
}

// addZSet puts in members with their scores, which C prints with %.17g.
func (d *digest) addZSet(e *db.Entry) {
	var scratch [64]byte
	f := func(member db.Element, score float64) {
		var one digest
		one.mix(member.Text(scratch[:]))
		text := strconv.AppendFloat(scratch[:0], score, 'g', 17, 64)
		if math.IsInf(score, 0) {
			text = append(scratch[:0], "-inf"[b2i(score > 0):]...)
		}
		one.mix(text)
		d.add(one[:])
	}
	for cursor := e.ZScan(0, f); cursor != 0; {
		cursor = e.ZScan(cursor, f)
	}
}

// addStream puts in the entries of a stream in their order, without its groups.
func (d *digest) addStream(s *db.Stream) {
	var scratch [2*decimal.MaxLen + 1]byte
	for cursor := s.Range(db.StreamID{}, db.StreamIDMax, false); cursor.Next(); {
		id := decimal.AppendUint(scratch[:0], cursor.ID.Ms)
		id = decimal.AppendUint(append(id, '.'), cursor.ID.Seq)
		d.mix(id)
		for range cursor.Fields {
			name, value := cursor.Field()
			d.mix(name)
			d.mix(value)
		}
	}
}

func debugDigest(c *Context, _ [][]byte) {
	var all digest
	for n := range c.Keys.Count() {
		if c.Keys.DB(n).Len() == 0 {
			continue
		}
		var number [4]byte
		binary.BigEndian.PutUint32(number[:], uint32(n))
		all.mix(number[:])
		in := c.Keys.DB(n)
		in.Each(func(e *db.Entry) bool {
			var one digest
			one.mix(e.Key())
			one.addValue(in, e)
			all.add(one[:])
			return true
		})
	}
	c.W.SimpleString(hex.EncodeToString(all[:]))
}

func debugDigestValue(c *Context, args [][]byte) {
	c.W.Array(len(args))
	for _, key := range args {
		var d digest
		if e := c.DB.Peek(key, db.Hash(key)); e != nil {
			d.addValue(c.DB, e)
		}
		c.W.SimpleString(hex.EncodeToString(d[:]))
	}
}
