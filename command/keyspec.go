package command

import "basalt/internal/decimal"

// KeyFlags says what a command does with a key. Names and order are those of
// COMMAND INFO.
type KeyFlags uint16

const (
	// RO: read, the value is not changed.
	RO KeyFlags = 1 << iota
	// RW: read, the value may be changed.
	RW
	// OW: overwritten without being read.
	OW
	// RM: removed without being read.
	RM
	// Access: data of the value is returned or copied.
	Access
	// Update: existing data of the value is changed.
	Update
	// Insert: data is added, nothing existing changes.
	Insert
	// Delete: data of the value is removed.
	Delete
	// NotKey: looks like a key, and is routed like one, but is none.
	NotKey
	// Incomplete: there may be more keys than the spec finds.
	Incomplete
	// VariableFlags: which flags hold depends on the arguments.
	VariableFlags
)

// keyFlagNames is indexed by bit.
var keyFlagNames = [...]string{
	"RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key",
	"incomplete", "variable_flags",
}

// BeginKind is how the first key is looked for.
type BeginKind uint8

const (
	BeginUnknown BeginKind = iota
	BeginIndex             // at a fixed index
	BeginKeyword           // behind a word
)

// FindKind is how further keys are found from the first.
type FindKind uint8

const (
	FindUnknown FindKind = iota
	FindRange            // a range of arguments
	FindCount            // as many as an argument says
)

// KeySpec says where a group of keys stands among the arguments, in the two
// steps of COMMAND INFO: search the begin, then find the keys from there.
type KeySpec struct {
	Flags KeyFlags
	Notes string

	Begin BeginKind
	// Index is the argument of BeginIndex, the name being 0. For BeginKeyword
	// it is where the search starts; negative ones count from the end and
	// search backwards.
	Index   int
	Keyword string // upper case

	Find FindKind
	// Last is the last key of FindRange, relative to the first; a negative one
	// counts from the last argument, -1.
	Last int
	// Limit, where Last is -1, says that only the first 1/Limit of the
	// remaining arguments are keys. 0 and 1 mean no limit.
	Limit int
	// Step is the distance from one key to the next.
	Step int
	// Count and First are relative to the begin: the argument that says how
	// many keys follow, and the first of them (FindCount).
	Count, First int
}

// keyAt is the spec of one key at a fixed index.
func keyAt(index int, flags KeyFlags) KeySpec {
	return keysAt(index, 0, 1, flags)
}

// keysAt is the spec of a range of keys that begins at a fixed index.
func keysAt(index, last, step int, flags KeyFlags) KeySpec {
	return KeySpec{Flags: flags, Begin: BeginIndex, Index: index, Find: FindRange, Last: last, Step: step}
}

// noted is s with notes.
func noted(s KeySpec, notes string) KeySpec {
	s.Notes = notes
	return s
}

// KeyRef is a key of a call: its index in the arguments and what is done to it.
type KeyRef struct {
	Index int
	Flags KeyFlags
}

// AppendKeys appends the keys of the call args, the name included, to refs. It
// returns false, and refs as it was, when the arguments make no sense for the
// command; the handler will then reply with an error. Arguments that only look
// like keys are left out.
func (r *Row) AppendKeys(refs []KeyRef, args [][]byte) ([]KeyRef, bool) {
	if !r.variable() {
		if out, ok := r.specKeys(refs, args); ok {
			return out, true
		}
	}
	if r.GetKeys != nil {
		if out, ok := r.GetKeys(args, refs); ok {
			return out, true
		}
		return refs, false
	}
	if r.variable() {
		return r.specKeys(refs, args)
	}
	return refs, false
}

// variable reports whether the flags of a key depend on the arguments.
func (r *Row) variable() bool {
	for i := range r.Keys {
		if r.Keys[i].Flags&VariableFlags != 0 {
			return true
		}
	}
	return false
}

func (r *Row) specKeys(refs []KeyRef, args [][]byte) ([]KeyRef, bool) {
	out := refs
	for i := range r.Keys {
		spec := &r.Keys[i]
		if spec.Flags&NotKey != 0 {
			continue
		}
		begin, ok := spec.begin(args)
		if !ok {
			return refs, false
		}
		if begin == 0 {
			continue
		}
		first, last, ok := spec.span(args, begin)
		if !ok || first > last || last >= len(args) || spec.Flags&Incomplete != 0 {
			return refs, false
		}
		for k := first; k <= last; k += spec.Step {
			out = append(out, KeyRef{Index: k, Flags: spec.Flags})
		}
	}
	return out, true
}

// begin returns the index from which span counts, or 0 where the keyword that
// introduces it is absent.
func (s *KeySpec) begin(args [][]byte) (int, bool) {
	switch s.Begin {
	case BeginIndex:
		return s.Index, true
	case BeginKeyword:
		i, step := s.Index, 1
		if s.Index < 0 {
			i, step = len(args)+s.Index, -1
		}
		for ; i > 0 && i < len(args); i += step {
			if equalFold(args[i], s.Keyword) {
				return i + 1, true
			}
		}
		return 0, true
	}
	return 0, false
}

// span returns the indexes of the first and the last key.
func (s *KeySpec) span(args [][]byte, begin int) (first, last int, ok bool) {
	switch s.Find {
	case FindRange:
		switch {
		case s.Last >= 0:
			return begin, begin + s.Last, true
		case s.Limit > 1:
			return begin, begin + (len(args)-begin)/s.Limit + s.Last, true
		}
		return begin, len(args) + s.Last, true
	case FindCount:
		if begin+s.Count >= len(args) {
			return 0, 0, false
		}
		n, ok := decimal.Parse(args[begin+s.Count])
		if !ok || n < 0 || n > int64(len(args)) {
			return 0, 0, false
		}
		first := begin + s.First
		return first, first + (int(n)-1)*s.Step, true
	}
	return 0, 0, false
}

// keyRange is the older, coarser way of saying where keys are: first and last
// index (negative: from the end) and step. The zero value says no keys.
type keyRange struct {
	first, last, step int
}

// legacyRange derives the range that old clients know from the key specs, and
// whether it leaves out keys. A single range is told as it is; of several the
// union, as long as they are neighbours with step 1.
func legacyRange(specs []KeySpec) (r keyRange, movable bool) {
	if len(specs) == 1 && specs[0].plain() {
		s := &specs[0]
		return keyRange{s.Index, absoluteLast(s), s.Step}, s.Flags&Incomplete != 0
	}
	for i := range specs {
		s := &specs[i]
		if !s.plain() || s.Step != 1 || (r.last != 0 && r.last != s.Index-1) {
			movable = true
			continue
		}
		if s.Flags&Incomplete != 0 {
			movable = true
		}
		if r.first == 0 || s.Index < r.first {
			r.first = s.Index
		}
		// An open end outranks every fixed one.
		if last := absoluteLast(s); uint(last) > uint(r.last) {
			r.last = last
		}
		r.step = 1
	}
	return r, movable
}

func (s *KeySpec) plain() bool { return s.Begin == BeginIndex && s.Find == FindRange }

func absoluteLast(s *KeySpec) int {
	if s.Last < 0 {
		return s.Last
	}
	return s.Index + s.Last
}

// firstKey returns the index of the first key where it does not depend on the
// arguments, or 0.
func firstKey(specs []KeySpec) int {
	for i := range specs {
		s := &specs[i]
		if s.Flags&NotKey != 0 {
			continue
		}
		switch {
		case s.Begin != BeginIndex || s.Find == FindUnknown:
			return 0
		case s.Find == FindCount:
			return s.Index + s.First
		}
		return s.Index
	}
	return 0
}
