package command

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
	BeginUnknown BeginKind = iota // only GetKeys can find it
	BeginIndex                    // at a fixed index
	BeginKeyword                  // behind a word
)

// FindKind is how further keys are found from the first.
type FindKind uint8

const (
	FindUnknown FindKind = iota // only GetKeys can find them
	FindRange                   // a range of arguments
	FindCount                   // as many as an argument says
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
