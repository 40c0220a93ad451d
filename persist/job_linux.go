package persist

import (
	"os"

	"golang.org/x/sys/unix"
)

// writeOut implements file. The range before is waited for, so that no more than
// two of them are ever on their way to the disk.
func (f *osFile) writeOut(from, to int64) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		failed = unix.SyncFileRange(int(fd), from, to-from, unix.SYNC_FILE_RANGE_WRITE)
		if before := max(from-writeOutEvery, 0); failed == nil && before < from {
			failed = unix.SyncFileRange(int(fd), before, from-before,
				unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
		}
	})
	if err != nil {
		return err
	}
	switch failed {
	case unix.ENOSYS, unix.EINVAL, unix.ESPIPE, unix.EPERM:
		return nil // the sync at the end does it all
	}
	return os.NewSyscallError("sync_file_range", failed)
}
