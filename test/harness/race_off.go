//go:build !race

package harness

// RaceEnabled says whether this binary was built with the race detector.
const RaceEnabled = false
