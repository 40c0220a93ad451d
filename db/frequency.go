package db

import (
	"math"
	"math/rand/v2"
	"unsafe"

	"basalt/db/arena"
)

// The policy allkeys-tinylfu keeps of each key how often it was used, every use
// counting half as much after halfLife ticks: the combined recency and frequency
// of LRFU (Lee et al. 2001) in the 24 access bits, 12 of them the value in
// sixteenths and 12 the tick of the last use. A tick is as many uses as a quarter
// of the keys, so the clock goes with the load rather than with time. What a key
// had when it was evicted is remembered by hash in a sketch, as TinyLFU does
// (Einziger et al. 2017), so that one that comes back does not begin anew. Nothing
// of this is done while another policy is chosen.
const (
	frequencyBits = 12
	frequencyMax  = 1<<frequencyBits - 1
	frequencyOne  = 16 // a use
	// frequencyNew is what a key begins with: less than a use, so that keys
	// which are never used again do not drive out those that were used once.
	frequencyNew = frequencyOne / 2
	// halfLife in ticks is 64 uses of each key. Measured on Zipf loads, loads with
	// scans and loads that shift, from 32 to 128 the hit ratio is the same within
	// half a percent.
	halfLife    = 256
	ticksPerKey = 4
)

// decays holds 2^(-i/halfLife) in 1/65536.
var decays = func() (table [halfLife]uint32) {
	for i := range table {
		table[i] = uint32(math.Round(math.Exp2(-float64(i)/halfLife) * 65536))
	}
	return
}()

// decayed is the value v after that many ticks.
func decayed(v, ticks uint32) uint32 {
	return v * decays[ticks%halfLife] >> 16 >> min(ticks/halfLife, 31)
}

// frequencies is the state of the policy beside the access bits.
type frequencies struct {
	tick   uint32 // counts on for ever; entries have its low 12 bits
	left   int    // uses until the next one
	ghosts sketch
}

// used counts a use of any key.
func (k *Keyspace) used() {
	f := &k.frequencies
	if f.left--; f.left < 0 {
		f.tick++
		f.left = k.Len() / ticksPerKey
	}
}

// frequency returns what the use of e is worth now, in sixteenths.
func (k *Keyspace) frequency(e *Entry) uint32 {
	bits := e.access()
	return decayed(bits&frequencyMax, k.unusedTicks(e))
}

// unusedTicks is how long ago e was used.
func (k *Keyspace) unusedTicks(e *Entry) uint32 {
	return (k.frequencies.tick - e.access()>>frequencyBits) & frequencyMax
}

func (k *Keyspace) setFrequency(e *Entry, v uint32) {
	e.setAccess(k.frequencies.tick&frequencyMax<<frequencyBits | min(v, frequencyMax))
}

// useFrequency is touch for this policy.
func (k *Keyspace) useFrequency(e *Entry) {
	k.setFrequency(e, k.frequency(e)+frequencyOne)
	k.used()
}

// recall gives a new entry what is remembered of its key.
func (k *Keyspace) recall(hash uint64, e *Entry) {
	k.setFrequency(e, frequencyNew+k.frequencies.ghosts.get(hash, k.frequencies.tick))
	k.used()
}

// remember is called when e is evicted. A sketch for half as many keys as there are
// says little; one for four times as many takes room from them, after maxmemory was
// lowered all of it.
func (k *Keyspace) remember(hash uint64, e *Entry) {
	g := &k.frequencies.ghosts
	if keys := k.Len(); keys > 2*g.keys() || keys < g.keys()/4 && g.count > sketchLines0 {
		g.open(k.arena, keys)
	}
	g.raise(hash, k.frequency(e), k.frequencies.tick)
}

// SetPolicy changes what entries keep of their use. What was remembered of keys
// that were evicted is forgotten, and its memory given back, unless the new policy
// asks for it.
func (k *Keyspace) SetPolicy(p AccessPolicy) {
	if p.Access != ByFrequency {
		k.frequencies.ghosts.close(k.arena)
	}
	k.Policy = p
}

// sketch is a count-min sketch of values: a key has four cells in one cache
// line, and its value is the least of them. Values are halved, line by line when
// it is looked at, with the half-lives that have passed.
type sketch struct {
	lines *sketchLine
	count uint64 // fits 32 bits; 0 while there is none
}

// sketchLine is a cache line of cells, in quarters of a use, and the half-life
// in which they stand.
type sketchLine struct {
	age   uint16
	cells [sketchCells]uint8
}

const (
	sketchCells = 62
	// keysPerLine makes a sketch of 4 bytes a key. With 2 there is room for 2 % more
	// keys of 100 bytes, and 0.5 to 0.8 % less hits among as many.
	keysPerLine  = 16
	sketchShift  = 2 // from sixteenths to quarters
	sketchLines0 = 64
)

var _ [64 - unsafe.Sizeof(sketchLine{})]struct{}

// keys is for how many it was made.
func (s *sketch) keys() int { return int(s.count) * keysPerLine }

// open makes an empty sketch for that many keys in place of what there was.
func (s *sketch) open(a *arena.Arena, keys int) {
	s.close(a)
	s.count = uint64(min(max((keys+keysPerLine-1)/keysPerLine, sketchLines0), math.MaxUint32))
	s.lines = (*sketchLine)(a.AllocZero(int(s.count)*64, arena.Index))
}

// close gives the memory back.
func (s *sketch) close(a *arena.Arena) {
	if s.count != 0 {
		a.Free(unsafe.Pointer(s.lines), int(s.count)*64, arena.Index)
	}
	*s = sketch{}
}

// prefetch starts loading the line of a hash, if there is any.
func (s *sketch) prefetch(hash uint64) {
	if s.count != 0 {
		arena.Prefetch(unsafe.Add(unsafe.Pointer(s.lines), s.number(hash)*64))
	}
}

// number returns that of the line of a hash: its low half scaled to their count.
func (s *sketch) number(hash uint64) uint64 { return hash & math.MaxUint32 * s.count >> 32 }

// line returns the line of a hash, its cells as of tick.
func (s *sketch) line(hash uint64, tick uint32) *sketchLine {
	l := (*sketchLine)(unsafe.Add(unsafe.Pointer(s.lines), s.number(hash)*64))
	if age := uint16(tick / halfLife); l.age != age {
		shift := min(age-l.age, 8)
		for i := range l.cells {
			l.cells[i] >>= shift
		}
		l.age = age
	}
	return l
}

// cell returns the i-th cell of a hash, from its high half.
func cell(hash uint64, i int) uint64 { return (hash >> (32 + 8*i) & 0xff) * sketchCells >> 8 }

// get returns the value of a hash, in sixteenths.
func (s *sketch) get(hash uint64, tick uint32) uint32 {
	if s.count == 0 {
		return 0
	}
	l := s.line(hash, tick)
	least := l.cells[cell(hash, 0)]
	for i := 1; i < 4; i++ {
		least = min(least, l.cells[cell(hash, i)])
	}
	return uint32(least) << sketchShift
}

// raise makes the value of a hash at least v, in sixteenths.
func (s *sketch) raise(hash uint64, v, tick uint32) {
	l := s.line(hash, tick)
	// What is less than a cell can say is rounded at random.
	v = min((v+rand.Uint32N(1<<sketchShift))>>sketchShift, 255)
	for i := range 4 {
		c := &l.cells[cell(hash, i)]
		*c = max(*c, uint8(v))
	}
}
