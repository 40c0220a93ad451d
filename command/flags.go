package command

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
	ACLKeyspace    Categories = 1 << iota // keys of any type
	ACLRead                               // reads keys
	ACLWrite                              // changes keys
	ACLSet                                // sets
	ACLSortedSet                          // sorted sets
	ACLList                               // lists
	ACLHash                               // hashes
	ACLString                             // strings
	ACLBitmap                             // bitmaps
	ACLHyperLogLog                        // HyperLogLogs
	ACLGeo                                // geospatial indexes
	ACLStream                             // streams
	ACLPubSub                             // publish and subscribe
	ACLAdmin                              // for administrators
	ACLFast                               // follows from Fast
	ACLSlow                               // follows from the absence of Fast
	ACLBlocking                           // may block the client
	ACLDangerous                          // needs thought before it is granted
	ACLConnection                         // the own connection, or those of others
	ACLTransaction                        // transactions
	ACLScripting                          // scripts
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
