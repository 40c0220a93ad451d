package db

import "math/rand/v2"

// The 24 access bits of an entry hold, by policy, either a clock of the last
// access in seconds (LRU: wraps after 194 days) or 16 bits of minutes and an
// 8-bit logarithmic counter (LFU), as Redis documents them for maxmemory-policy
// and OBJECT IDLETIME and FREQ, or what frequency.go says.
const (
	accessMask = 1<<24 - 1
	// clockSlack is by how many seconds an access may seem to lie ahead, for the
	// clock was set back. It is the last hour of the 194 days.
	clockSlack = 3600
	lfuInit    = 5 // a new key's counter, so that it is not the first to go
)

// Access is what the access bits hold.
type Access uint8

// What they can hold.
const (
	ByClock     Access = iota // when the key was used last
	ByCounter                 // how often, as Redis's LFU counts
	ByFrequency               // how often, with what was known before an eviction
)

// AccessPolicy says what the access bits hold and how the counter moves.
type AccessPolicy struct {
	Access    Access
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
	switch k.Policy.Access {
	case ByCounter:
		return k.minutes()<<8 | lfuInit
	case ByFrequency:
		return k.frequencies.tick&frequencyMax<<frequencyBits | frequencyNew
	}
	return k.clock
}

func (k *Keyspace) minutes() uint32 { return uint32(k.now/60000) & 0xffff }

// touch records an access. The line is written only when the bits change: a
// key that is read often costs one write a second.
func (k *Keyspace) touch(e *Entry) {
	if k.Policy.Access == ByClock {
		if e.access() != k.clock {
			e.setAccess(k.clock)
		}
		return
	}
	k.count(e)
}

// count is touch for the policies that count.
func (k *Keyspace) count(e *Entry) {
	if k.Policy.Access == ByFrequency {
		k.useFrequency(e)
		return
	}
	e.setAccess(k.minutes()<<8 | k.lfuIncrement(k.lfuDecayed(e)))
}

// renew gives the access bits of a new value to e, which is overwritten. A
// counter belongs to the key and stays.
func (k *Keyspace) renew(e *Entry) {
	if k.Policy.Access == ByClock {
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
	if elapsed > 0xffff-clockSlack/60 {
		elapsed = 0
	}
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
// meaningless with policies that count.
func (k *Keyspace) SetIdle(e *Entry, seconds int64) {
	if k.Policy.Access == ByClock {
		e.setAccess(uint32(int64(k.clock)-min(seconds, accessMask-clockSlack)) & accessMask)
	}
}

// SetFreq sets the access counter, 0 to 255; meaningless without a policy that
// counts.
func (k *Keyspace) SetFreq(e *Entry, counter uint8) {
	switch k.Policy.Access {
	case ByCounter:
		e.setAccess(k.minutes()<<8 | uint32(counter))
	case ByFrequency:
		k.setFrequency(e, uint32(counter)*frequencyOne)
	}
}

// Idle returns the seconds since the last access; meaningful ByClock.
func (k *Keyspace) Idle(e *Entry) int64 {
	seconds := int64((k.clock - e.access()) & accessMask)
	if seconds > accessMask-clockSlack {
		return 0
	}
	return seconds
}

// Freq returns the access counter, 0 to 255; meaningful with a policy that
// counts.
func (k *Keyspace) Freq(e *Entry) int64 {
	if k.Policy.Access == ByFrequency {
		return int64(k.frequency(e) / frequencyOne)
	}
	return int64(k.lfuDecayed(e))
}
