//go:build !freebsd

package main

// rlimit converts to the type of a limit.
func rlimit(n uint64) uint64 { return n }
