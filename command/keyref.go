package command

import "basalt/internal/decimal"

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
