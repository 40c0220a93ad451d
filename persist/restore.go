package persist

import (
	"encoding/binary"
	"errors"
	"fmt"

	"basalt/db"
)

// ErrPayload says that the version or the checksum of a payload is not right.
var ErrPayload = errors.New("DUMP payload version or checksum are wrong")

const payloadFooter = 2 + 8

// CheckPayload looks at the version and the checksum of a payload made by
// Dumper or by Redis. It returns ErrPayload if it cannot be read.
func CheckPayload(b []byte) error {
	if len(b) <= payloadFooter {
		return ErrPayload
	}
	body := b[:len(b)-8]
	if binary.LittleEndian.Uint16(body[len(body)-2:]) > VersionRead ||
		binary.LittleEndian.Uint64(b[len(body):]) != updateCRC(0, body) {
		return ErrPayload
	}
	return nil
}

// Restorer reads values. It may be used again and again by one thread.
type Restorer struct {
	r valueReader
	b builder
}

// Read makes the value of a payload, for which CheckPayload returned nil, in
// the keyspace's Scratch database, under key, whose db.Hash is hash, and
// returns its entry. On an error, which says what is wrong with the payload,
// nothing is left there. The caller renames the entry at once.
func (p *Restorer) Read(keys *db.Keyspace, key []byte, hash uint64, payload []byte) (*db.Entry, error) {
	r, b := &p.r, &p.b
	r.decoder = decoder{data: payload[:len(payload)-payloadFooter], scratch: r.scratch}
	r.sink = b
	b.open(keys, keys.Scratch(), key, hash)
	t := valueType(r.byte())
	r.value(t)
	switch {
	case r.err != nil:
	case r.at != len(r.data):
		r.fail("%d bytes behind the value", len(r.data)-r.at)
	default:
		if err := b.settle(); err != nil {
			r.stop(err)
		} else if b.entry == nil {
			r.fail("no elements")
		}
	}
	if r.err != nil {
		b.abandon()
		return nil, fmt.Errorf("value of type %d, at byte %d: %w", t, r.failed, r.err)
	}
	return b.entry, nil
}
