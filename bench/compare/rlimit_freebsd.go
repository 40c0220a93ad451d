package main

// rlimit converts to the type of a limit, which is signed on this system.
func rlimit(n uint64) int64 { return int64(n) }
