package resp

import "errors"

// ProtocolError is what a client did wrong. The connection is answered with
// "-ERR " and Text, and closed once that is written; the commands before it
// stand.
type ProtocolError struct {
	// Text is the reply without "-ERR ", as redis-server 7 words it.
	Text string
	// Reason is how redis-server 7 calls it in its log.
	Reason string
}

// Error is the text of the reply.
func (e *ProtocolError) Error() string { return e.Text }

// ErrQueryLimit says that an incomplete command takes more than Limits.MaxQuery
// bytes. Redis closes such a connection without a reply.
var ErrQueryLimit = errors.New("closing client that reached max query buffer length")

var (
	errCountTooLong = &ProtocolError{"Protocol error: too big mbulk count string", "too big mbulk count string"}
	errCount        = &ProtocolError{"Protocol error: invalid multibulk length", "invalid mbulk count"}
	errCountUnauth  = &ProtocolError{"Protocol error: unauthenticated multibulk length", "unauth mbulk count"}
	errBulkTooLong  = &ProtocolError{"Protocol error: too big bulk count string", "too big bulk count string"}
	errBulk         = &ProtocolError{"Protocol error: invalid bulk length", "invalid bulk length"}
	errBulkUnauth   = &ProtocolError{"Protocol error: unauthenticated bulk length", "unauth bulk length"}
	errInlineLong   = &ProtocolError{"Protocol error: too big inline request", "too big inline request"}
	errQuotes       = &ProtocolError{"Protocol error: unbalanced quotes in request", "unbalanced quotes in inline request"}
)

// errNoDollar reports that got stood where a bulk should begin. A line end
// cannot stand in an error line; Redis writes a space for it.
func errNoDollar(got byte) *ProtocolError {
	if got == '\r' || got == '\n' {
		got = ' '
	}
	// Not string(got): that would write a rune, and the byte is meant.
	return &ProtocolError{
		"Protocol error: expected '$', got '" + string([]byte{got}) + "'",
		"expected $ but got something else",
	}
}
