//go:build amd64 || arm64

package arena

import "unsafe"

// Prefetch asks the processor to bring the cache line at p near. p may be any
// address; nothing is read from it as far as the program can tell.
//
//go:noescape
func Prefetch(p unsafe.Pointer)
