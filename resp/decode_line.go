package resp

import (
	"math"

	"basalt/internal/decimal"
)

// begin judges the line that begins a value. done says that the whole reply is
// complete with it.
func (d *Decoder) begin(root *Value, line []byte) (done bool, err error) {
	if len(line) == 0 {
		return false, d.wrong("empty line", line)
	}
	text := line[1:]
	if line[0] == '.' {
		return d.endStream(line)
	}
	v, err := d.slot(root)
	if err != nil {
		return false, err
	}
	ok := true
	switch line[0] {
	case '+':
		v.Kind, v.Str = KindSimple, append(v.Str, text...)
	case '-':
		v.Kind, v.Str = KindError, append(v.Str, text...)
	case ':':
		var n int64
		n, ok = decimal.Parse(text)
		v.Kind, v.num = KindInt, uint64(n)
	case '_':
		v.Kind, ok = KindNull, len(text) == 0
	case '#':
		v.Kind, ok = KindBool, string(text) == "t" || string(text) == "f"
		if ok && text[0] == 't' {
			v.num = 1
		}
	case ',':
		var f float64
		f, ok = parseDouble(text)
		v.Kind, v.num, v.Str = KindDouble, math.Float64bits(f), append(v.Str, text...)
	case '(':
		ok = isBigNumber(text)
		v.Kind, v.Str = KindBigNumber, append(v.Str, text...)
	case '$', '!', '=':
		return d.beginBulk(v, line)
	case '*', '%', '~', '>', '|':
		return d.beginList(v, line)
	default:
		return false, d.wrong("unknown type", line)
	}
	if !ok {
		return false, d.wrong("malformed value", line)
	}
	return d.complete(), nil
}

// beginBulk judges the header of a string with a length, or of a streamed one.
func (d *Decoder) beginBulk(v *Value, line []byte) (done bool, err error) {
	switch line[0] {
	case '$':
		v.Kind = KindBulk
	case '!':
		v.Kind = KindBulkError
	case '=':
		v.Kind = KindVerbatim
	}
	text := line[1:]
	if v.Kind == KindBulk {
		switch string(text) {
		case "-1":
			v.Kind = KindNullBulk
			return d.complete(), nil
		case "?":
			d.into, d.state = v, decodeChunk
			return false, nil
		}
	}
	n, ok := decimal.Parse(text)
	if !ok || n < 0 || n > d.maxBulk() {
		return false, d.wrong("bad length", line)
	}
	d.into, d.rest, d.state = v, int(n)+2, decodeBulk
	return false, nil
}

// beginChunk judges the header of a streamed string's chunk; the empty one is
// its end.
func (d *Decoder) beginChunk(line []byte) (done bool, err error) {
	if len(line) == 0 || line[0] != ';' {
		return false, d.wrong("no chunk of a streamed string", line)
	}
	n, ok := decimal.Parse(line[1:])
	if !ok || n < 0 || n > d.maxBulk()-int64(len(d.into.Str)) {
		return false, d.wrong("bad chunk length", line)
	}
	if n == 0 {
		d.state = decodeLine
		return d.complete(), nil
	}
	d.rest, d.state = int(n)+2, decodePart
	return false, nil
}

// beginList judges the header of an aggregate.
func (d *Decoder) beginList(v *Value, line []byte) (done bool, err error) {
	perItem, extra := 1, 0
	switch line[0] {
	case '*':
		v.Kind = KindArray
	case '~':
		v.Kind = KindSet
	case '>':
		v.Kind = KindPush
	case '%':
		v.Kind, perItem = KindMap, 2
	case '|':
		v.Kind, perItem, extra = KindAttribute, 2, 1
	}
	if len(d.stack) >= d.maxDepth() {
		return false, d.wrong("too many aggregates within each other", line)
	}
	text := line[1:]
	if v.Kind == KindArray && string(text) == "-1" {
		v.Kind = KindNullArray
		return d.complete(), nil
	}
	if string(text) == "?" && line[0] != '|' && line[0] != '>' {
		d.stack = append(d.stack, frame{v, openEnd})
		return false, nil
	}
	n, ok := decimal.Parse(text)
	if !ok || n < 0 || n > int64(d.maxElems()/perItem) {
		return false, d.wrong("bad count", line)
	}
	left := int(n)*perItem + extra
	if left == 0 {
		return d.complete(), nil
	}
	d.stack = append(d.stack, frame{v, left})
	return false, nil
}

// endStream closes the streamed aggregate that the line "." ends.
func (d *Decoder) endStream(line []byte) (done bool, err error) {
	if len(d.stack) == 0 || len(line) != 1 {
		return false, d.wrong("end of a stream that did not begin", line)
	}
	top := d.stack[len(d.stack)-1]
	if top.left != openEnd || top.v.Kind == KindMap && len(top.v.Elems)&1 == 1 {
		return false, d.wrong("end of a stream where a value is missing", line)
	}
	d.stack = d.stack[:len(d.stack)-1]
	return d.complete(), nil
}
