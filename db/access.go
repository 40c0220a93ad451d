package db

import "math/rand/v2"

// The 24 access bits of an entry hold, by policy, either a clock of the last
// access in seconds (LRU: wraps after 194 days) or 16 bits of minutes and an
// 8-bit logarithmic counter (LFU), as Redis documents them for maxmemory-policy
// and OBJECT IDLETIME and FREQ.
const (
	accessMask = 1<<24 - 1
	lfuInit    = 5 // a new key's counter, so that it is not the first to go
)

// AccessPolicy says what the access bits hold and how the counter moves.
type AccessPolicy struct {
	LFU       bool
	LogFactor int // lfu-log-factor
	DecayTime int // lfu-decay-time in minutes; 0 never decays
}

// AccessBits returns the access bits as they stand, for DEBUG OBJECT.
func (e *Entry) AccessBits() uint32 { return e.access() }

func (e *Entry) access() uint32 { return e.keyAccess >> 8 }

func (e *Entry) setAccess(bits uint32) {
	e.keyAccess = e.keyAccess&0xff | bits<<8
}

// newAccess returns the access bits of an entry that is made now.
func (k *Keyspace) newAccess() uint32 {
	if k.Policy.LFU {
		return k.minutes()<<8 | lfuInit
	}
	return k.clock
}

func (k *Keyspace) minutes() uint32 { return uint32(k.now/60000) & 0xffff }

// touch records an access. The line is written only when the bits change: a
// key that is read often costs one write a second.
func (k *Keyspace) touch(e *Entry) {
	if k.Policy.LFU {
		e.setAccess(k.minutes()<<8 | k.lfuIncrement(k.lfuDecayed(e)))
		return
	}
	if e.access() != k.clock {
		e.setAccess(k.clock)
	}
}

// renew gives the access bits of a new value to e, which is overwritten. The
// counter of LFU belongs to the key and stays.
func (k *Keyspace) renew(e *Entry) {
	if !k.Policy.LFU {
		e.setAccess(k.clock)
	}
}

func (k *Keyspace) lfuDecayed(e *Entry) uint32 {
	bits := e.access()
	counter := bits & 0xff
	if k.Policy.DecayTime <= 0 {
		return counter
	}
	elapsed := (k.minutes() - bits>>8) & 0xffff
	return counter - min(counter, elapsed/uint32(k.Policy.DecayTime))
}

func (k *Keyspace) lfuIncrement(counter uint32) uint32 {
	if counter >= 255 {
		return 255
	}
	base := 0.0
	if counter > lfuInit {
		base = float64(counter - lfuInit)
	}
	if rand.Float64() < 1/(base*float64(k.Policy.LogFactor)+1) {
		counter++
	}
	return counter
}

// SetIdle makes e look as if it was accessed last that many seconds ago;
// meaningless with LFU.
func (k *Keyspace) SetIdle(e *Entry, seconds int64) {
	if !k.Policy.LFU {
		e.setAccess(uint32(int64(k.clock)-min(seconds, accessMask)) & accessMask)
	}
}

// SetFreq sets the logarithmic access counter, 0 to 255; meaningless without
// LFU.
func (k *Keyspace) SetFreq(e *Entry, counter uint8) {
	if k.Policy.LFU {
		e.setAccess(k.minutes()<<8 | uint32(counter))
	}
}

// Idle returns the seconds since the last access; meaningful without LFU.
func (k *Keyspace) Idle(e *Entry) int64 {
	return int64((k.clock - e.access()) & accessMask)
}

// Freq returns the logarithmic access counter; meaningful with LFU.
func (k *Keyspace) Freq(e *Entry) int64 { return int64(k.lfuDecayed(e)) }
