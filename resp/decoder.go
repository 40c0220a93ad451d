package resp

import (
	"bytes"
	"io"
	"strconv"
)

// DecodeLimits bounds what a peer can make a Decoder do. A zero field is the
// default.
type DecodeLimits struct {
	MaxBulk  int64 // bytes of a bulk, and of a line; default 512 MiB
	MaxDepth int   // aggregates within each other; default 128
	MaxElems int   // elements of one reply, all depths together; default 16 Mi
}

const (
	depthMaxDefault = 128
	elemsMaxDefault = 16 << 20
)

// DecodeError says what is wrong with a reply. The stream cannot be followed
// any more.
type DecodeError struct {
	Reason string
	Line   string // the start of the line at fault, escaped
}

// Error is the reason with the line.
func (e *DecodeError) Error() string {
	if e.Line == "" {
		return "resp: " + e.Reason
	}
	return "resp: " + e.Reason + ` in "` + e.Line + `"`
}

// Decoder reads replies of every RESP2 and RESP3 kind, streamed strings and
// aggregates among them (which become plain ones). It takes bytes as they come
// and can stop at any of them; none is looked at twice. The zero value is ready
// and has the default limits. Not safe for concurrent use.
//
// It grows with the bytes that came, never with the sizes that were announced.
type Decoder struct {
	Limits DecodeLimits

	stack []frame
	line  []byte // start of a line whose end has not come
	into  *Value // what the bulk at hand belongs to
	rest  int    // bytes of the bulk that are missing, with its line end
	elems int    // elements begun
	state decodeState
}

// frame is an aggregate that lacks elements. The Value stays where it is: an
// element is complete before the list that it is in grows.
type frame struct {
	v    *Value
	left int // elements missing; openEnd when a line says where it ends
}

const openEnd = -1

type decodeState uint8

const (
	decodeLine  decodeState = iota // the next line begins a value
	decodeBulk                     // bytes of a bulk and its line end
	decodeChunk                    // the header line of a streamed string's chunk
	decodePart                     // bytes of such a chunk and its line end
)

// Reset makes the decoder forget a reply that is incomplete or was wrong.
func (d *Decoder) Reset() {
	clear(d.stack)
	d.stack, d.line = d.stack[:0], d.line[:0]
	d.into, d.rest, d.elems, d.state = nil, 0, 0, decodeLine
}

// Decode goes on reading a reply into v from the start of in, and returns how
// many bytes it took. done says that v is complete; the bytes behind belong to
// the next reply. Otherwise all of in was taken, and the next call has to have
// the same v. After an error call Reset, or drop the stream.
func (d *Decoder) Decode(v *Value, in []byte) (n int, done bool, err error) {
	for n < len(in) {
		switch d.state {
		case decodeLine, decodeChunk:
			line, used, err := d.takeLine(in[n:])
			n += used
			if err != nil {
				return n, false, err
			}
			if line == nil {
				continue
			}
			if d.state == decodeLine {
				done, err = d.begin(v, line)
			} else {
				done, err = d.beginChunk(line)
			}
			d.line = d.line[:0]
			if done || err != nil {
				return n, done, err
			}
		default:
			used, whole, err := d.takeBulk(in[n:])
			n += used
			if err != nil {
				return n, false, err
			}
			if !whole {
				continue
			}
			if d.state == decodePart {
				d.state = decodeChunk
				continue
			}
			d.state = decodeLine
			if v := d.into; v.Kind == KindVerbatim && (len(v.Str) < 4 || v.Str[3] != ':') {
				return n, false, &DecodeError{Reason: "verbatim string without a format"}
			}
			if d.complete() {
				return n, true, nil
			}
		}
	}
	return n, false, nil
}

// DecodeBytes decodes the reply at the start of in, all of which must be there:
// io.ErrUnexpectedEOF says that it is not. It returns the bytes the reply takes.
func (d *Decoder) DecodeBytes(v *Value, in []byte) (int, error) {
	d.Reset()
	n, done, err := d.Decode(v, in)
	if err == nil && !done {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// takeLine returns the line at the start of in without its end, put together
// with what came before, or nil when its end is not there.
func (d *Decoder) takeLine(in []byte) (line []byte, used int, err error) {
	lf := bytes.IndexByte(in, '\n')
	used = lf + 1
	if lf < 0 {
		used = len(in)
	}
	if int64(len(d.line)+used) > d.maxBulk()+3 {
		return nil, used, d.wrong("too long a line", append(d.line, in[:min(used, 64)]...))
	}
	line = in[:used]
	if len(d.line) > 0 || lf < 0 {
		d.line = append(d.line, line...)
		line = d.line
	}
	if lf < 0 {
		return nil, used, nil
	}
	end := len(line) - 2
	if end < 0 || bytes.IndexByte(line, '\r') != end {
		return nil, used, d.wrong("a line that does not end in CR LF", line)
	}
	return line[:end], used, nil
}

// takeBulk moves bytes of a bulk to where they belong.
func (d *Decoder) takeBulk(in []byte) (used int, whole bool, err error) {
	used = min(d.rest, len(in))
	in = in[:used]
	body := max(0, min(used, d.rest-2))
	d.into.Str = append(d.into.Str, in[:body]...)
	for i, c := range in[body:] {
		if c != "\r\n"[2-(d.rest-body)+i] {
			return used, false, &DecodeError{Reason: "no line end behind a bulk"}
		}
	}
	d.rest -= used
	return used, d.rest == 0, nil
}

// complete is called when a value is complete. It closes the aggregates that
// this was the last element of, and says whether that was all.
func (d *Decoder) complete() bool {
	for len(d.stack) > 0 {
		top := &d.stack[len(d.stack)-1]
		if top.left == openEnd {
			return false
		}
		if top.left--; top.left > 0 {
			return false
		}
		d.stack = d.stack[:len(d.stack)-1]
	}
	d.elems = 0
	return true
}

// slot is the value that the line at hand begins: the root or the next element
// of the innermost aggregate. It keeps the room it had.
func (d *Decoder) slot(root *Value) (*Value, error) {
	v := root
	if len(d.stack) > 0 {
		if d.elems++; d.elems > d.maxElems() {
			return nil, &DecodeError{Reason: "too many elements in a reply"}
		}
		list := &d.stack[len(d.stack)-1].v.Elems
		if n := len(*list); n < cap(*list) {
			*list = (*list)[:n+1]
		} else {
			*list = append(*list, Value{})
		}
		v = &(*list)[len(*list)-1]
	}
	v.Kind, v.num, v.Str, v.Elems = KindNone, 0, v.Str[:0], v.Elems[:0]
	return v, nil
}

// wrong makes an error that shows the line.
func (d *Decoder) wrong(reason string, line []byte) error {
	return &DecodeError{Reason: reason, Line: string(appendEscaped(nil, line[:min(len(line), 64)]))}
}

func (d *Decoder) maxBulk() int64 {
	if d.Limits.MaxBulk == 0 {
		return bulkMaxDefault
	}
	return min(d.Limits.MaxBulk, bulkMaxSane)
}

func (d *Decoder) maxElems() int {
	if d.Limits.MaxElems == 0 {
		return elemsMaxDefault
	}
	return d.Limits.MaxElems
}

func (d *Decoder) maxDepth() int {
	if d.Limits.MaxDepth == 0 {
		return depthMaxDefault
	}
	return d.Limits.MaxDepth
}

// parseDouble reads the text of a double as servers write it. strconv knows
// forms that the protocol does not: hexadecimal, underscores, "infinity".
func parseDouble(b []byte) (float64, bool) {
	for _, c := range b {
		if c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E' {
			continue
		}
		switch string(b) {
		case "inf", "-inf", "nan", "-nan":
		default:
			return 0, false
		}
		break
	}
	if string(b) == "-nan" {
		b = b[1:]
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil
}

// isBigNumber says whether b is a sign, or none, and digits.
func isBigNumber(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}
