package resp

import "errors"

// ProtocolError is what a client did wrong. The connection is answered with
// "-ERR " and the text, and closed once that is written.
type ProtocolError struct {
	Text string // the reply without "-ERR "
}

// Error is the text of the reply.
func (e *ProtocolError) Error() string { return e.Text }

// ErrQueryLimit says that an incomplete command takes more than Limits.MaxQuery
// bytes. Redis closes such a connection without a reply.
var ErrQueryLimit = errors.New("closing client that reached max query buffer length")
