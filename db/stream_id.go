package db

import "math"

// StreamID names an entry of a stream: a Unix time in ms, usually, and a number
// among the entries of that ms.
type StreamID struct {
	Ms, Seq uint64
}

// StreamIDMax is the greatest ID there is.
var StreamIDMax = StreamID{math.MaxUint64, math.MaxUint64}

// Less reports whether a comes before b.
func (a StreamID) Less(b StreamID) bool {
	return a.Ms < b.Ms || a.Ms == b.Ms && a.Seq < b.Seq
}

// IsZero reports whether the ID is 0-0, which no entry has.
func (a StreamID) IsZero() bool { return a == StreamID{} }

// Next returns the ID behind a; false if there is none.
func (a StreamID) Next() (StreamID, bool) {
	switch {
	case a.Seq < math.MaxUint64:
		return StreamID{a.Ms, a.Seq + 1}, true
	case a.Ms < math.MaxUint64:
		return StreamID{a.Ms + 1, 0}, true
	}
	return StreamID{}, false
}

// Prev returns the ID before a; false if there is none.
func (a StreamID) Prev() (StreamID, bool) {
	switch {
	case a.Seq > 0:
		return StreamID{a.Ms, a.Seq - 1}, true
	case a.Ms > 0:
		return StreamID{a.Ms - 1, math.MaxUint64}, true
	}
	return StreamIDMax, false
}
