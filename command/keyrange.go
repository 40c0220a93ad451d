package command

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
