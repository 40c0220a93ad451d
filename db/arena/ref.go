package arena

import "unsafe"

// Align is the alignment in bytes of everything the arena hands out. Blocks
// are laid out back to back in slabs that start on 64 KiB, so a block is also
// aligned to every power of two up to 4096 that divides its ClassSize.
const Align = 8

// Ref is the short form of the address of an allocation, for structures that
// hold many: the distance from the start of the address space in units of
// Align bytes, 40 significant bits (8 TiB). The zero Ref is nil.
type Ref uint64

// RefBits is the number of significant bits of a Ref.
const RefBits = 40

// Ptr returns the address a reference stands for. It must not be called on
// the zero Ref.
func (r Ref) Ptr() unsafe.Pointer { return unsafe.Add(base, uintptr(r)*Align) }

// RefOf returns the reference of an address inside the arena.
func RefOf(p unsafe.Pointer) Ref { return Ref((uintptr(p) - uintptr(base)) / Align) }

// Purpose says what memory is for. Every allocation names one, and the arena
// counts bytes per purpose.
type Purpose uint8

// The purposes. Their order is not persisted.
const (
	Keyspace Purpose = iota // entries: header, key, small value
	Table                   // buckets and their directories
	Value                   // values too large for their entry
	Wheel                   // deadlines
	Pack                    // packed small collections
	Node                    // elements of large collections
	Script                  // scripts and functions
	Client                  // what sessions keep: watches, queues, subscriptions
	Index                   // secondary structures over the keyspace
	Tracking                // which clients have read which keys
	Other
	NumPurposes = iota
)

// purposeSlots is NumPurposes rounded up to a power of two, so that counting
// by purpose needs no bounds check.
const purposeSlots = 16

var _ [purposeSlots - NumPurposes]struct{}

var purposeNames = [NumPurposes]string{
	"keyspace", "table", "value", "wheel", "pack", "node", "script", "client", "index", "tracking", "other",
}

// String returns the lower-case name of the purpose, as metrics show it.
func (p Purpose) String() string {
	if int(p) < len(purposeNames) {
		return purposeNames[p]
	}
	return "unknown"
}
