package resp

// OK writes the status reply +OK.
func (w *Writer) OK() {
	w.need(5)
	w.buf = append(w.buf, "+OK\r\n"...)
}

// SimpleString writes a status reply; see AppendSimpleString.
func (w *Writer) SimpleString(s string) {
	w.need(len(s) + 3)
	w.buf = AppendSimpleString(w.buf, s)
}

// Error writes an error reply; s begins with the error code. See AppendError.
func (w *Writer) Error(s string) {
	w.need(len(s) + 3)
	w.buf = AppendError(w.buf, s)
}

// ErrorBytes is Error for bytes.
func (w *Writer) ErrorBytes(s []byte) {
	w.need(len(s) + 3)
	w.buf = AppendErrorBytes(w.buf, s)
}

// Int writes an integer.
func (w *Writer) Int(n int64) {
	w.need(headerMax)
	w.buf = AppendInt(w.buf, n)
}

// Bulk writes a copy of b as a bulk string.
func (w *Writer) Bulk(b []byte) {
	w.need(len(b) + headerMax + 2)
	w.buf = AppendBulk(w.buf, b)
}

// BulkString is Bulk for a string.
func (w *Writer) BulkString(s string) {
	w.need(len(s) + headerMax + 2)
	w.buf = AppendBulkString(w.buf, s)
}

// BulkInt writes the decimal digits of n as a bulk string.
func (w *Writer) BulkInt(n int64) {
	w.need(2 * headerMax)
	w.buf = AppendBulkInt(w.buf, n)
}

// BulkPinned writes b as a bulk string without copying it. b has to stay as it
// is until Release calls unpin with pin; pin 0 says that b is never freed or
// changed and needs no call.
func (w *Writer) BulkPinned(b []byte, pin uint64) {
	w.need(headerMax)
	w.buf = AppendHeader(w.buf, '$', len(b))
	w.seal()
	w.parts = append(w.parts, Part{Bytes: b, Pin: pin})
	w.size += len(b)
	w.need(2)
	w.buf = append(w.buf, '\r', '\n')
}

// Null writes the reply for a value that does not exist.
func (w *Writer) Null() {
	w.need(5)
	w.buf = AppendNull(w.buf, w.proto)
}

// NullArray writes the reply for an array that does not exist.
func (w *Writer) NullArray() {
	w.need(5)
	w.buf = AppendNullArray(w.buf, w.proto)
}

// Array writes the header of an array; the caller writes n elements.
func (w *Writer) Array(n int) {
	w.need(headerMax)
	w.buf = AppendHeader(w.buf, '*', n)
}

// Map writes the header of a map; the caller writes n keys, each followed by
// its value.
func (w *Writer) Map(n int) {
	w.need(headerMax)
	w.buf = AppendMap(w.buf, w.proto, n)
}

// Set writes the header of a set; the caller writes n elements.
func (w *Writer) Set(n int) {
	w.need(headerMax)
	w.buf = AppendSet(w.buf, w.proto, n)
}

// Push writes the header of an out-of-band message; the caller writes n
// elements.
func (w *Writer) Push(n int) {
	w.need(headerMax)
	w.buf = AppendPush(w.buf, w.proto, n)
}

// Attribute writes the header of an attribute; the caller writes n pairs and
// then the reply. Only RESP3 has attributes: ask Proto first.
func (w *Writer) Attribute(n int) {
	if w.proto != Proto3 {
		panic("BUG: attribute in a RESP2 reply")
	}
	w.need(headerMax)
	w.buf = AppendAttribute(w.buf, n)
}

// Double writes f; RESP2 gets its text as a bulk string.
func (w *Writer) Double(f float64) {
	w.need(headerMax + doubleMax)
	w.buf = AppendDouble(w.buf, w.proto, f)
}

// Bool writes a truth value; RESP2 gets the integer 1 or 0.
func (w *Writer) Bool(b bool) {
	w.need(4)
	w.buf = AppendBool(w.buf, w.proto, b)
}

// BigNumber writes an integer of any length, given as decimal digits.
func (w *Writer) BigNumber(digits string) {
	w.need(len(digits) + headerMax + 2)
	w.buf = AppendBigNumber(w.buf, w.proto, digits)
}

// Verbatim writes s with its format, three letters; see AppendVerbatim.
func (w *Writer) Verbatim(format, s string) {
	w.need(len(s) + headerMax + 6)
	w.buf = AppendVerbatim(w.buf, w.proto, format, s)
}

// Raw writes a copy of b, which is protocol already.
func (w *Writer) Raw(b []byte) {
	w.need(len(b))
	w.buf = append(w.buf, b...)
}
