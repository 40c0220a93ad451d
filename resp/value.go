package resp

import (
	"bytes"
	"math"
)

// Kind is the type of a Value on the wire.
type Kind uint8

// The kinds of RESP2 and RESP3. There are three nulls, because a server's
// choice among them is part of its answer.
const (
	KindNone      Kind = iota // the zero Value: no reply
	KindSimple                // +
	KindError                 // -
	KindInt                   // :
	KindBulk                  // $
	KindArray                 // *
	KindNullBulk              // $-1
	KindNullArray             // *-1
	KindNull                  // _
	KindBool                  // #
	KindDouble                // ,
	KindBigNumber             // (
	KindBulkError             // !
	KindVerbatim              // =
	KindMap                   // %
	KindSet                   // ~
	KindPush                  // >
	KindAttribute             // |
)

// Value is one reply of any kind. It owns its memory and is made to be decoded
// into again and again: text and elements keep their room.
//
// Str is the text of simple strings, errors, bulks and big numbers, of a
// verbatim string with its format and colon in front ("txt:..."), and of a
// double as it came. Elems are the elements of an aggregate; a map has two for
// each pair, an attribute has its pairs and then the reply that it belongs to.
type Value struct {
	Kind  Kind
	num   uint64 // KindInt, KindBool: the number; KindDouble: its bits
	Str   []byte
	Elems []Value
}

// IntValue is the integer n.
func IntValue(n int64) Value { return Value{Kind: KindInt, num: uint64(n)} }

// BoolValue is the truth value b.
func BoolValue(b bool) Value {
	v := Value{Kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// DoubleValue is the number f, to be written as AppendDoubleText does.
func DoubleValue(f float64) Value { return Value{Kind: KindDouble, num: math.Float64bits(f)} }

// TextValue is a value of a kind that consists of text.
func TextValue(kind Kind, s string) Value { return Value{Kind: kind, Str: []byte(s)} }

// ListValue is an aggregate of a kind; see Value for what its elements are.
func ListValue(kind Kind, elems ...Value) Value { return Value{Kind: kind, Elems: elems} }

// Int is the number of a KindInt, the truth value of a KindBool as 1 or 0, and
// 0 for others.
func (v *Value) Int() int64 {
	if v.Kind == KindInt || v.Kind == KindBool {
		return int64(v.num)
	}
	return 0
}

// Double is the number of a KindDouble, and 0 for others.
func (v *Value) Double() float64 {
	if v.Kind == KindDouble {
		return math.Float64frombits(v.num)
	}
	return 0
}

// IsNull says whether v is one of the three nulls.
func (v *Value) IsNull() bool {
	return v.Kind == KindNull || v.Kind == KindNullBulk || v.Kind == KindNullArray
}

// IsError says whether v is an error of either form; Str is its text.
func (v *Value) IsError() bool { return v.Kind == KindError || v.Kind == KindBulkError }

// hasText and hasElems say what of a Value a kind uses.
func (k Kind) hasText() bool {
	switch k {
	case KindSimple, KindError, KindBulk, KindBigNumber, KindBulkError, KindVerbatim:
		return true
	}
	return false
}

func (k Kind) hasElems() bool {
	return k == KindArray || k >= KindMap && k <= KindAttribute
}

// Equal says whether v and o are the same reply: kinds, numbers, texts, and
// elements in order. Doubles are compared as numbers, with NaN equal to itself.
func (v *Value) Equal(o *Value) bool {
	if v.Kind != o.Kind {
		return false
	}
	switch {
	case v.Kind == KindDouble:
		a, b := v.Double(), o.Double()
		return v.num == o.num || a == b || math.IsNaN(a) && math.IsNaN(b)
	case v.Kind.hasText():
		return bytes.Equal(v.Str, o.Str)
	case v.Kind.hasElems():
		if len(v.Elems) != len(o.Elems) {
			return false
		}
		for i := range v.Elems {
			if !v.Elems[i].Equal(&o.Elems[i]) {
				return false
			}
		}
		return true
	}
	return v.num == o.num
}

// Append appends v as it goes over the wire. The text of simple strings and
// errors must be one line.
func (v *Value) Append(dst []byte) []byte {
	switch v.Kind {
	case KindSimple:
		return appendLine(append(dst, '+'), v.Str)
	case KindError:
		return AppendErrorBytes(dst, v.Str)
	case KindInt:
		return AppendInt(dst, int64(v.num))
	case KindBulk:
		return AppendBulk(dst, v.Str)
	case KindNullBulk:
		return AppendNull(dst, Proto2)
	case KindNullArray:
		return AppendNullArray(dst, Proto2)
	case KindNull:
		return AppendNull(dst, Proto3)
	case KindBool:
		return AppendBool(dst, Proto3, v.num != 0)
	case KindDouble:
		if len(v.Str) == 0 {
			return AppendDouble(dst, Proto3, v.Double())
		}
		return appendPlain(dst, ',', v.Str)
	case KindBigNumber:
		return appendPlain(dst, '(', v.Str)
	case KindBulkError, KindVerbatim:
		dst = AppendHeader(dst, wireByte[v.Kind], len(v.Str))
		dst = append(dst, v.Str...)
		return append(dst, '\r', '\n')
	}
	if !v.Kind.hasElems() {
		panic("BUG: a resp.Value of no kind has no form on the wire")
	}
	n := len(v.Elems)
	if v.Kind == KindMap || v.Kind == KindAttribute {
		n /= 2
	}
	dst = AppendHeader(dst, wireByte[v.Kind], n)
	for i := range v.Elems {
		dst = v.Elems[i].Append(dst)
	}
	return dst
}

func appendPlain(dst []byte, kind byte, text []byte) []byte {
	dst = append(dst, kind)
	dst = append(dst, text...)
	return append(dst, '\r', '\n')
}

// wireByte is the first byte of those kinds that have a length or a count.
var wireByte = [...]byte{
	KindBulkError: '!', KindVerbatim: '=', KindArray: '*', KindMap: '%', KindSet: '~', KindPush: '>', KindAttribute: '|',
}
