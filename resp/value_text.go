package resp

import "strconv"

// String is v on one line, for people and for the expectations of tests. The
// form is stable and tells all kinds apart:
//
//	+OK  -ERR no  :1  "bulk"  (12345678901234567890  ,3.141  #t  #f
//	nil (null bulk)  nil[] (null array)  _ (null)  !"bulk error"  ="txt:verbatim"
//	["array", :1]  ~["set"]  >["push"]  %{"map": :1}  |{"attribute": :1} +OK
//
// Bytes that are not printable ASCII are escaped.
func (v *Value) String() string { return string(v.appendText(nil)) }

func (v *Value) appendText(dst []byte) []byte {
	switch v.Kind {
	case KindNone:
		return append(dst, "none"...)
	case KindSimple:
		return appendEscaped(append(dst, '+'), v.Str)
	case KindError:
		return appendEscaped(append(dst, '-'), v.Str)
	case KindInt:
		return strconv.AppendInt(append(dst, ':'), int64(v.num), 10)
	case KindBulk:
		return appendQuoted(dst, v.Str)
	case KindNullBulk:
		return append(dst, "nil"...)
	case KindNullArray:
		return append(dst, "nil[]"...)
	case KindNull:
		return append(dst, '_')
	case KindBool:
		if v.num != 0 {
			return append(dst, "#t"...)
		}
		return append(dst, "#f"...)
	case KindDouble:
		if len(v.Str) > 0 {
			return append(append(dst, ','), v.Str...)
		}
		return AppendDoubleText(append(dst, ','), v.Double())
	case KindBigNumber:
		return append(append(dst, '('), v.Str...)
	case KindBulkError, KindVerbatim:
		return appendQuoted(append(dst, wireByte[v.Kind]), v.Str)
	case KindMap:
		return appendPairs(append(dst, '%'), v.Elems)
	case KindAttribute:
		pairs := len(v.Elems) &^ 1
		dst = appendPairs(append(dst, '|'), v.Elems[:pairs])
		return appendElems(append(dst, ' '), v.Elems[pairs:])
	case KindArray:
	default:
		dst = append(dst, wireByte[v.Kind])
	}
	return append(appendElems(append(dst, '['), v.Elems), ']')
}

func appendElems(dst []byte, elems []Value) []byte {
	for i := range elems {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = elems[i].appendText(dst)
	}
	return dst
}

func appendPairs(dst []byte, elems []Value) []byte {
	dst = append(dst, '{')
	for i := range elems {
		switch {
		case i&1 == 1:
			dst = append(dst, ": "...)
		case i > 0:
			dst = append(dst, ", "...)
		}
		dst = elems[i].appendText(dst)
	}
	return append(dst, '}')
}

func appendQuoted(dst, s []byte) []byte {
	return append(appendEscaped(append(dst, '"'), s), '"')
}

// appendEscaped appends s with quotes, backslashes and everything that is not
// printable ASCII escaped, byte by byte: replies are bytes, not text.
func appendEscaped(dst, s []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range s {
		switch {
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c > '~':
			dst = append(dst, '\\', 'x', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
