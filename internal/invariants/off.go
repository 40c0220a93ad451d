//go:build !invariants

package invariants

// Enabled says whether costly assertions are compiled in (build tag
// "invariants"). It is a constant, so that a disabled check costs nothing.
const Enabled = false
