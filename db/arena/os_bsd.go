//go:build darwin || freebsd

package arena

import "golang.org/x/sys/unix"

const reserveFlags = unix.MAP_PRIVATE | unix.MAP_ANON

// purgeZeroes says that purged pages read as zeroes. Here they keep their
// bytes until the system needs the memory.
const purgeZeroes = false

// adviseHuge does nothing: these systems promote to superpages on their own.
func adviseHuge([]byte) {}

// populate makes the memory behind b, which nobody uses, resident.
func populate(b []byte) bool {
	touch(b)
	return true
}

// purge lets the system take the memory behind b; b stays accessible.
func purge(b []byte) error { return unix.Madvise(b, unix.MADV_FREE) }
