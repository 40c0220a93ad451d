package ticks

// counter reads the time-stamp counter. It is not ordered against neighbouring
// instructions: a fence would cost more than what it puts right, some ten
// nanoseconds.
func counter() int64

// cpuid executes CPUID.
func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)

// hasCounter reports whether the time-stamp counter runs at a constant rate in
// all power states (CPUID 80000007h, EDX bit 8).
func hasCounter() bool {
	const powerLeaf, invariantBit = 0x80000007, 1 << 8
	highest, _, _, _ := cpuid(0x80000000, 0)
	if highest < powerLeaf {
		return false
	}
	_, _, _, edx := cpuid(powerLeaf, 0)
	return edx&invariantBit != 0
}

// nominalMultiplier is 0, unknown: the frequency that CPUID may tell is rounded,
// and hypervisors leave it out.
func nominalMultiplier() uint64 { return 0 }
