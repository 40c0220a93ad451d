package command

// Row is one command of the table: everything that is known of it except what
// its handler does. Arity errors, refusals for lack of memory, propagation,
// slots, ACL and COMMAND INFO all read the row; there is no second list.
//
// Families declare rows as literals. NewTable copies them and fills in the
// derived fields; a row is never changed after that, so any thread may read it.
type Row struct {
	// Name is in lower case, of a subcommand without its container's name.
	Name string
	// Arity counts the arguments with the name (and the subcommand's name). A
	// negative one is a minimum.
	Arity int
	Flags Flags
	// ACL holds the categories that do not follow from Flags; NewTable adds
	// those that do.
	ACL Categories
	// Keys says where the keys are and what happens to them.
	Keys []KeySpec
	// GetKeys finds the keys where Keys cannot say it, or not exactly: it
	// appends to refs, and is asked after a spec that is unknown, incomplete
	// or has variable flags. It returns false for arguments that make no sense.
	GetKeys func(args [][]byte, refs []KeyRef) ([]KeyRef, bool)

	Group      Group
	Since      string // version that introduced the command
	Summary    string // one sentence with a full stop
	Complexity string
	// Deprecated is the version that deprecated the command, ReplacedBy what
	// to use instead, in Markdown.
	Deprecated string
	ReplacedBy string
	// System marks commands that are no business of applications.
	System  bool
	History []Change
	Tips    []string
	// Syntax describes the arguments in the notation of syntax.go. It is
	// parsed only when COMMAND DOCS or HELP asks.
	Syntax string

	// Unqueued says that the command runs at once in a transaction too.
	Unqueued bool
	// Subcommands makes the row a container. A container without a Handler
	// has Arity -2.
	Subcommands []Row
	Handler     Handler

	// WhileSubscribed says that a client may call the command although it speaks
	// RESP2 and receives messages, which it could not tell from replies.
	WhileSubscribed bool

	// Element is the index in the arguments of the first element of the
	// collection that the command looks for, 0 for none: its memory is fetched
	// ahead. Ordered says that the place of the element in a sorted set matters,
	// and Score where its new score stands. All three are hints.
	Element int
	Ordered bool
	Score   int

	// Brief says that a call takes about as long as the next one: it does a few
	// things, never one for each of its arguments. It follows from Flags for fast
	// commands with a fixed number of arguments.
	Brief bool

	// The fields below are derived; literals leave them out.

	// ID numbers rows densely from 0, containers before their subcommands:
	// counters of a row live in arrays indexed by it.
	ID int
	// FullName is Name, or "container|name" for a subcommand.
	FullName string
	// Container is the row above a subcommand, or nil.
	Container *Row
	// FirstKey is the index in the arguments of the first key where every call
	// of the right arity has it at the same place, else 0.
	FirstKey int
	// Collection says that the first key should hold a collection, whose memory
	// is worth fetching behind that of the entry.
	Collection bool

	// logName is the first argument of the command's record in a Log.
	logName string

	legacy keyRange
	sub    nameIndex
	subs   []*Row
}

// Change is a version and what changed in it.
type Change struct {
	Since, Text string
}

// ArityOK reports whether a call with count arguments, the name included, is
// possible.
func (r *Row) ArityOK(count int) bool {
	if r.Arity >= 0 {
		return count == r.Arity
	}
	return count >= -r.Arity
}

// Writes reports whether the command may change keys.
func (r *Row) Writes() bool { return r.Flags&Write != 0 }

// IsContainer reports whether the command has subcommands.
func (r *Row) IsContainer() bool { return len(r.subs) != 0 }

// Subs returns the subcommands in the order of the table. The slice belongs to
// the row.
func (r *Row) Subs() []*Row { return r.subs }

// Sub returns the subcommand of that name, in any case, or nil.
func (r *Row) Sub(name []byte) *Row { return r.sub.find(name) }

// HasKeys reports whether the command can have keys.
func (r *Row) HasKeys() bool {
	if r.GetKeys != nil {
		return true
	}
	for i := range r.Keys {
		if r.Keys[i].Flags&NotKey == 0 {
			return true
		}
	}
	return false
}

// Group is the chapter of the documentation that a command stands in.
type Group string

// The chapters, by the names that COMMAND DOCS gives them.
const (
	GroupGeneric      Group = "generic"
	GroupString       Group = "string"
	GroupList         Group = "list"
	GroupSet          Group = "set"
	GroupSortedSet    Group = "sorted-set"
	GroupHash         Group = "hash"
	GroupPubSub       Group = "pubsub"
	GroupTransactions Group = "transactions"
	GroupConnection   Group = "connection"
	GroupServer       Group = "server"
	GroupScripting    Group = "scripting"
	GroupHyperLogLog  Group = "hyperloglog"
	GroupCluster      Group = "cluster"
	GroupSentinel     Group = "sentinel"
	GroupGeo          Group = "geo"
	GroupStream       Group = "stream"
	GroupBitmap       Group = "bitmap"
)
