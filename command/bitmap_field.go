package command

import (
	"basalt/db"
	"basalt/internal/decimal"
)

type fieldVerb uint8

const (
	fieldGet fieldVerb = iota
	fieldSet
	fieldIncrBy
)

type fieldOverflow uint8

const (
	fieldWrap fieldOverflow = iota
	fieldSaturate
	fieldFail
)

// fieldOp is one operation of BITFIELD.
type fieldOp struct {
	verb     fieldVerb
	overflow fieldOverflow
	signed   bool
	width    uint
	offset   uint64
	value    int64
}

// fieldOp reads the operation that begins at Args[i], after those OVERFLOW that
// stand before it, and returns where the next one begins. overflow is what
// holds so far. At the end of the arguments next is 0. It replies to what makes
// no sense.
func (c *Context) fieldOp(i int, overflow fieldOverflow) (op fieldOp, next int, ok bool) {
	op.overflow = overflow
	for ; i < len(c.Args); i += 2 {
		rest := len(c.Args) - i - 1
		switch {
		case rest >= 2 && equalFold(c.Args[i], "get"):
			op.verb = fieldGet
		case rest >= 3 && equalFold(c.Args[i], "set"):
			op.verb = fieldSet
		case rest >= 3 && equalFold(c.Args[i], "incrby"):
			op.verb = fieldIncrBy
		case rest >= 1 && equalFold(c.Args[i], "overflow"):
			if op.overflow, ok = c.fieldOverflow(i + 1); !ok {
				return op, 0, false
			}
			continue
		default:
			c.Error(errSyntax)
			return op, 0, false
		}
		if op.signed, op.width, ok = fieldType(c.Args[i+1]); !ok {
			c.Error(errFieldType)
			return op, 0, false
		}
		if op.offset, ok = c.bitOffset(i+2, op.width); !ok {
			return op, 0, false
		}
		if op.verb == fieldGet {
			return op, i + 3, true
		}
		op.value, ok = c.integer(i + 3)
		return op, i + 4, ok
	}
	return op, 0, true
}

func (c *Context) fieldOverflow(i int) (fieldOverflow, bool) {
	switch {
	case equalFold(c.Args[i], "wrap"):
		return fieldWrap, true
	case equalFold(c.Args[i], "sat"):
		return fieldSaturate, true
	case equalFold(c.Args[i], "fail"):
		return fieldFail, true
	}
	c.Error(errFieldOverflow)
	return 0, false
}

// fieldType reads a type such as i16 or u8.
func fieldType(text []byte) (signed bool, width uint, ok bool) {
	if len(text) < 2 || text[0] != 'i' && text[0] != 'u' {
		return false, 0, false
	}
	signed = text[0] == 'i'
	n, ok := parseInt(text[1:])
	if !ok || n < 1 || n > 64 || n == 64 && !signed {
		return false, 0, false
	}
	return signed, uint(n), true
}

func cmdBitField(c *Context)   { c.bitField(true) }
func cmdBitFieldRO(c *Context) { c.bitField(false) }

// bitField checks all operations in a first pass over the arguments and does
// them in a second, so that they need no memory.
func (c *Context) bitField(mayWrite bool) {
	count, end, writes := 0, uint64(0), false
	var overflow fieldOverflow
	for i := 2; ; {
		op, next, ok := c.fieldOp(i, overflow)
		if !ok {
			return
		}
		if next == 0 {
			break
		}
		if op.verb != fieldGet {
			writes = true
			end = max(end, op.offset+uint64(op.width))
		}
		i, overflow = next, op.overflow
		count++
	}
	if writes && !mayWrite {
		c.Error(errFieldReadOnly)
		return
	}
	var e *db.Entry
	if writes {
		e = c.LookupWrite(1)
	} else {
		e = c.LookupRead(1)
	}
	if !c.isString(e) {
		return
	}
	var scratch [decimal.MaxLen]byte
	var b []byte
	grew := false
	if writes {
		n := int((end + 7) >> 3)
		grew = e == nil || e.StringLen() < n
		b = c.DB.Writable(c.Args[1], c.KeyHash(1), e, 0, n)
	} else {
		b = stringBytes(e, &scratch)
	}
	c.W.Array(count)
	changes := c.doFields(b, grew)
	switch {
	case changes > 0:
		c.Changed(EventString, "setbit", c.DB, c.Args[1], changes)
	case grew:
		// To Redis that is no change, but the string is another one.
		c.logAlways()
	}
}

// doFields does the operations on b, with a reply for each, and returns how
// many counted as a change: all that write if b grew for them.
func (c *Context) doFields(b []byte, grew bool) (changes int) {
	var overflow fieldOverflow
	for i := 2; ; {
		op, next, _ := c.fieldOp(i, overflow)
		if next == 0 {
			return changes
		}
		i, overflow = next, op.overflow
		old := op.extend(db.BitField(b, op.offset, op.width))
		if op.verb == fieldGet {
			c.W.Int(old)
			continue
		}
		value, ok := op.apply(old)
		if !ok {
			c.W.Null()
			continue
		}
		db.SetBitField(b, op.offset, op.width, uint64(value))
		if grew || old != value {
			changes++
		}
		if op.verb == fieldSet {
			c.W.Int(old)
		} else {
			c.W.Int(value)
		}
	}
}

// extend makes a field an integer.
func (o *fieldOp) extend(raw uint64) int64 {
	if o.signed {
		return int64(raw<<(64-o.width)) >> (64 - o.width)
	}
	return int64(raw)
}

// apply returns what a field becomes whose value is old. It is false for an
// overflow that has to fail.
func (o *fieldOp) apply(old int64) (int64, bool) {
	// Unsigned fields have at most 63 bits, so int64 holds all values. over is
	// the direction of an overflow.
	high, low := int64(1)<<(o.width-1)-1, int64(-1)<<(o.width-1)
	if !o.signed {
		high, low = int64(1)<<o.width-1, 0
	}
	sum, over := o.value, 0
	if o.verb == fieldIncrBy {
		sum = old + o.value
		switch {
		case o.value > 0 && old > high-o.value:
			over = 1
		case o.value < 0 && (o.signed && old < low-o.value || !o.signed && sum < 0):
			over = -1
		}
	} else {
		switch {
		case sum > high || !o.signed && sum < 0:
			over = 1 // a negative number is taken for a large one, as by Redis
		case sum < low && high-sum < 0 && o.width < 64:
			over = 1 // so far below that the distance overflows: likewise
		case sum < low:
			over = -1
		}
	}
	switch {
	case over == 0:
		return sum, true
	case o.overflow == fieldFail:
		return 0, false
	case o.overflow == fieldWrap:
		return o.wrap(sum), true
	case over > 0:
		return high, true
	}
	return low, true
}

func (o *fieldOp) wrap(sum int64) int64 {
	if o.signed {
		return o.extend(uint64(sum))
	}
	return int64(uint64(sum) << (64 - o.width) >> (64 - o.width))
}
