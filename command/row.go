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

	// Subcommands makes the row a container. A container without a Handler
	// has Arity -2.
	Subcommands []Row
	Handler     Handler

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

// Flags is a set of properties of a command. Names and order are those of
// COMMAND INFO.
type Flags uint32

const (
	// Write: may change keys.
	Write Flags = 1 << iota
	// ReadOnly: reads keys and never changes them. Commands that touch no key
	// are neither Write nor ReadOnly.
	ReadOnly
	// DenyOOM: may need memory, refused when the limit is reached.
	DenyOOM
	// Module: belongs to a module.
	Module
	// Admin: for administrators.
	Admin
	// PubSub: about publish and subscribe.
	PubSub
	// NoScript: not allowed in scripts.
	NoScript
	// Blocking: may block the client.
	Blocking
	// Loading: allowed while the data set is loading.
	Loading
	// Stale: allowed on a replica with stale data.
	Stale
	// SkipMonitor: not shown to monitors.
	SkipMonitor
	// SkipSlowlog: not recorded in the slow log.
	SkipSlowlog
	// Asking: implies ASKING in a cluster.
	Asking
	// Fast: constant or logarithmic, may run where slow ones may not.
	Fast
	// NoAuth: allowed without authentication.
	NoAuth
	// MayReplicate: may be propagated although it is not Write. Not shown.
	MayReplicate
	// Sentinel: known to sentinels. Not shown.
	Sentinel
	// OnlySentinel: known to sentinels only. Not shown.
	OnlySentinel
	// NoMandatoryKeys: has key positions that may stay empty.
	NoMandatoryKeys
	// Protected: needs its own setting to be enabled. Not shown.
	Protected
	// NoAsyncLoading: refused while a replica loads beside the old data.
	NoAsyncLoading
	// NoMulti: not allowed in a transaction.
	NoMulti
	// MovableKeys: key positions depend on the arguments. Derived.
	MovableKeys
	// AllowBusy: allowed while a script or module is busy.
	AllowBusy
	// TouchesArbitraryKeys: changes keys that it does not name. Not shown.
	TouchesArbitraryKeys
)

const hiddenFlags = MayReplicate | Sentinel | OnlySentinel | Protected | TouchesArbitraryKeys

// flagNames is indexed by bit.
var flagNames = [...]string{
	"write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript",
	"blocking", "loading", "stale", "skip_monitor", "skip_slowlog", "asking",
	"fast", "no_auth", "may_replicate", "sentinel", "only_sentinel",
	"no_mandatory_keys", "protected", "no_async_loading", "no_multi",
	"movablekeys", "allow_busy", "touches_arbitrary_keys",
}

// Categories is a set of ACL categories.
type Categories uint32

const (
	ACLKeyspace Categories = 1 << iota
	ACLRead
	ACLWrite
	ACLSet
	ACLSortedSet
	ACLList
	ACLHash
	ACLString
	ACLBitmap
	ACLHyperLogLog
	ACLGeo
	ACLStream
	ACLPubSub
	ACLAdmin
	ACLFast
	ACLSlow
	ACLBlocking
	ACLDangerous
	ACLConnection
	ACLTransaction
	ACLScripting
)

// categoryNames is indexed by bit.
var categoryNames = [...]string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string",
	"bitmap", "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow",
	"blocking", "dangerous", "connection", "transaction", "scripting",
}

// CategoryByName returns the category of that name, without "@" and in any
// case, or 0.
func CategoryByName(name []byte) Categories {
	for bit, known := range categoryNames {
		if equalFold(name, known) {
			return 1 << bit
		}
	}
	return 0
}

// implied returns the categories that follow from flags.
func (f Flags) implied(explicit Categories) Categories {
	var c Categories
	if f&Write != 0 {
		c |= ACLWrite
	}
	// A read-only script is not a read: what it does is up to its text.
	if f&ReadOnly != 0 && explicit&ACLScripting == 0 {
		c |= ACLRead
	}
	if f&Admin != 0 {
		c |= ACLAdmin | ACLDangerous
	}
	if f&PubSub != 0 {
		c |= ACLPubSub
	}
	if f&Blocking != 0 {
		c |= ACLBlocking
	}
	if f&Fast != 0 {
		c |= ACLFast
	} else {
		c |= ACLSlow
	}
	return c
}

// Group is the chapter of the documentation that a command stands in.
type Group string

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
