//go:build darwin || freebsd || linux

package ticks

// counter reads the virtual counter (CNTVCT_EL0), which runs at a constant rate
// on every arm64 machine.
func counter() int64

// frequency reads the rate of the counter in ticks a second (CNTFRQ_EL0).
func frequency() int64

func hasCounter() bool { return frequency() > 0 }

// nominalMultiplier is what the firmware says the rate is: right at once, so
// that nobody waits for the first measurement.
func nominalMultiplier() uint64 { return 1e9 << fractionBits / uint64(frequency()) }
