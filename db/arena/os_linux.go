package arena

import "golang.org/x/sys/unix"

const reserveFlags = unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_NORESERVE

// purgeZeroes says that purged pages read as zeroes, as fresh ones do.
var purgeZeroes = unix.Getpagesize() == pageBytes

// adviseHuge asks for huge pages. A system without them refuses, which
// changes speed only.
func adviseHuge(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }

// populate makes the memory behind b, which nobody uses, resident. It reports
// false when the system has none. Kernels before 5.14 do not know the request.
func populate(b []byte) bool {
	switch err := unix.Madvise(b, unix.MADV_POPULATE_WRITE); err {
	case nil:
		return true
	case unix.EINVAL:
		touch(b)
		return true
	default:
		return false
	}
}

// purge gives the memory behind b back to the system; b stays accessible.
func purge(b []byte) error { return unix.Madvise(b, unix.MADV_DONTNEED) }
