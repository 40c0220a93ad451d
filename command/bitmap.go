package command

import (
	"basalt/db"
	"basalt/internal/decimal"
)

// bitOffset returns the offset of a bit at Args[i], which may lie as far as the
// longest string reaches; otherwise it replies that it is wrong. Where fields
// of width bits are addressed, "#n" is the n-th of them; width 0 says that
// there are none.
func (c *Context) bitOffset(i int, width uint) (uint64, bool) {
	text := c.Args[i]
	counted := width > 0 && len(text) > 0 && text[0] == '#'
	if counted {
		text = text[1:]
	}
	n, ok := parseInt(text)
	if counted {
		n *= int64(width) // wraps, as it does in Redis
	}
	if !ok || n < 0 || n>>3 >= c.Host.Config().ProtoMaxBulkLen && !c.Replaying {
		c.Error(errBitOffset)
		return 0, false
	}
	return uint64(n), true
}

func cmdSetBit(c *Context) {
	offset, ok := c.bitOffset(2, 0)
	if !ok {
		return
	}
	value, ok := parseInt(c.Args[3])
	if !ok || value&^1 != 0 {
		c.Error(errBit)
		return
	}
	e := c.LookupWrite(1)
	if !c.isString(e) {
		return
	}
	at, bit := int(offset>>3), 7-offset&7
	grows := e == nil || at >= e.StringLen()
	if !grows && e.Pinnable() && int64(e.Bytes(nil)[at]>>bit&1) == value {
		// Nothing changes, so nobody's view of the value has to be copied.
		c.W.Int(value)
		return
	}
	b := c.DB.Writable(c.Args[1], c.KeyHash(1), e, at, at+1)
	old := int64(b[at] >> bit & 1)
	if grows || old != value {
		b[at] = b[at]&^(1<<bit) | byte(value)<<bit
		c.Changed(EventString, "setbit", c.DB, c.Args[1], 1)
	}
	c.W.Int(old)
}

func cmdGetBit(c *Context) {
	offset, ok := c.bitOffset(2, 0)
	if !ok {
		return
	}
	e := c.LookupRead(1)
	if !c.isString(e) {
		return
	}
	var scratch [decimal.MaxLen]byte
	b := stringBytes(e, &scratch)
	bit := int64(0)
	if at := offset >> 3; at < uint64(len(b)) {
		bit = int64(b[at] >> (7 - offset&7) & 1)
	}
	c.W.Int(bit)
}

// bitUnit reads BYTE or BIT at Args[i] and returns how far a unit shifts a
// number of bytes; otherwise it replies with a syntax error.
func (c *Context) bitUnit(i int) (shift uint, ok bool) {
	switch {
	case equalFold(c.Args[i], "bit"):
		return 3, true
	case equalFold(c.Args[i], "byte"):
		return 0, true
	}
	c.Error(errSyntax)
	return 0, false
}

// bitRange makes start and end, in units of a string of length units, an
// inclusive range of bits; false if it is empty.
func bitRange(start, end, length int64, shift uint) (from, to int, ok bool) {
	if start < 0 {
		start = max(start+length, 0)
	}
	if end < 0 {
		end = max(end+length, 0)
	}
	end = min(end, length-1)
	if start > end {
		return 0, 0, false
	}
	if shift == 0 {
		start, end = start<<3, end<<3|7
	}
	return int(start), int(end), true
}

func cmdBitCount(c *Context) {
	argc := len(c.Args)
	if argc != 2 && argc != 4 && argc != 5 {
		c.Error(errSyntax)
		return
	}
	start, end, shift, ok := int64(0), int64(-1), uint(0), true
	if argc > 2 {
		if start, ok = c.integer(2); !ok {
			return
		}
		if end, ok = c.integer(3); !ok {
			return
		}
	}
	if argc == 5 {
		if shift, ok = c.bitUnit(4); !ok {
			return
		}
	}
	e := c.LookupRead(1)
	if !c.isString(e) {
		return
	}
	var scratch [decimal.MaxLen]byte
	b := stringBytes(e, &scratch)
	if argc == 2 {
		c.W.Int(int64(db.CountBits(b)))
		return
	}
	n := 0
	if start >= 0 || end >= 0 || start <= end {
		if from, to, ok := bitRange(start, end, int64(len(b))<<shift, shift); ok {
			n = db.CountBitRange(b, from, to)
		}
	}
	c.W.Int(int64(n))
}

func cmdBitPos(c *Context) {
	bit, ok := c.integer(2)
	if !ok {
		return
	}
	if bit != 0 && bit != 1 {
		c.Error(errBitArgument)
		return
	}
	argc := len(c.Args)
	if argc > 6 {
		c.Error(errSyntax)
		return
	}
	start, end, shift := int64(0), int64(-1), uint(0)
	if argc > 3 {
		if start, ok = c.integer(3); !ok {
			return
		}
	}
	if argc == 6 {
		if shift, ok = c.bitUnit(5); !ok {
			return
		}
	}
	if argc > 4 {
		if end, ok = c.integer(4); !ok {
			return
		}
	}
	e := c.LookupRead(1)
	if !c.isString(e) {
		return
	}
	if e == nil {
		// Zeros without an end.
		c.W.Int(-bit)
		return
	}
	var scratch [decimal.MaxLen]byte
	b := stringBytes(e, &scratch)
	from, to, ok := bitRange(start, end, int64(len(b))<<shift, shift)
	if !ok {
		c.W.Int(-1)
		return
	}
	at := db.FindBit(b, from, to, bit == 1)
	if at < 0 && bit == 0 && argc < 5 {
		at = to + 1 // without an end, zeros follow the string
	}
	c.W.Int(int64(at))
}

// bitOps are the names of the operations of BITOP, indexed by db.BitOp.
var bitOps = [...]string{"AND", "OR", "XOR", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE"}

// bitOp reads the operation at Args[1] and checks that it fits the number of
// sources; otherwise it replies what is wrong.
func (c *Context) bitOp() (db.BitOp, bool) {
	sources := len(c.Args) - 3
	for i, name := range bitOps {
		if !equalFold(c.Args[1], name) {
			continue
		}
		op := db.BitOp(i)
		switch op {
		case db.BitNot:
			if sources != 1 {
				c.Error(errBitNot)
				return 0, false
			}
		case db.BitDiff, db.BitDiff1, db.BitAndOr:
			if sources < 2 {
				c.Error("ERR BITOP " + name + errBitSources)
				return 0, false
			}
		}
		return op, true
	}
	c.Error(errSyntax)
	return 0, false
}

func cmdBitOp(c *Context) {
	op, ok := c.bitOp()
	if !ok {
		return
	}
	views, digits := c.views[:0], c.digits[:0]
	length := 0
	for i := 3; i < len(c.Args); i++ {
		e := c.LookupRead(i)
		if !c.isString(e) {
			return
		}
		var view []byte
		if e != nil {
			if n, ok := e.Int(); ok {
				from := len(digits)
				digits = decimal.AppendInt(digits, n)
				view = digits[from:]
			} else {
				view = e.Bytes(nil)
			}
		}
		views = append(views, view)
		length = max(length, len(view))
	}
	key, hash := c.Args[2], c.KeyHash(2)
	switch {
	case length > 0:
		e := c.LookupWrite(2)
		c.DB.PutCombined(key, hash, e, op, views)
		c.Changed(EventString, "set", c.DB, key, 1)
	case c.DB.Drop(key, hash):
		c.Changed(EventGeneric, "del", c.DB, key, 1)
	}
	clear(views)
	c.views, c.digits = views, digits
	c.W.Int(int64(length))
}
