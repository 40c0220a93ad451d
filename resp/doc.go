// Package resp is the wire protocol: commands of clients in, replies out, and
// the reverse for whoever plays the client (replication, cluster, load
// generator, tests). It knows RESP2, RESP3 and the inline form, and nothing of
// the server.
//
// # The way in
//
// A Parser belongs to one connection and turns its bytes into Commands, a batch
// of argument views that is reused from batch to batch. It copies no bytes: an
// argument is a slice of the segment the bytes were read into. A view lives
// until the caller gives the segment back or overwrites it.
//
// # The way out
//
// A Writer collects the replies of one batch in a chunk of the caller and,
// where that is full, in pooled ones. Values that are expensive to copy are
// pinned by their owner and referred to. Below the Writer are the AppendX
// functions, which know the bytes and nothing else.
//
// # The client's side
//
// Value holds any reply without boxing the common ones. Decoder fills a Value
// from bytes as they come, Reader from an io.Reader.
package resp
