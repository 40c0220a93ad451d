//go:build !amd64 && !(arm64 && (darwin || freebsd || linux))

package ticks

func counter() int64 { panic("BUG: ticks: this machine has no counter") }

func hasCounter() bool { return false }

func nominalMultiplier() uint64 { return 0 }
