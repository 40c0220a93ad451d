package persist

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"basalt/internal/vfs"
)

// lockName is the file in a data folder that is locked. It stays when the
// process ends: taking it away would race with who waits to lock it.
const lockName = "basalt.lock"

// pidMax bounds what is read of the lock's text.
const pidMax = 32

// FolderLockedError says that another process uses a data folder.
type FolderLockedError struct {
	Dir string
	Pid int // of the other process; 0 if it has not said
}

// Error names the folder and the process.
func (e *FolderLockedError) Error() string {
	who := "another process"
	if e.Pid != 0 {
		who = "the process with pid " + strconv.Itoa(e.Pid)
	}
	return fmt.Sprintf("the data folder %s is in use by %s: two servers must not share one", e.Dir, who)
}

// Unwrap returns vfs.ErrLocked.
func (e *FolderLockedError) Unwrap() error { return vfs.ErrLocked }

// LockFolder holds the data folder dir for this process until what it returns
// is closed, or the process ends in any way. It fails at once with
// *FolderLockedError if another holds it.
func LockFolder(fsys vfs.FS, dir string) (io.Closer, error) {
	path := filepath.Join(dir, lockName)
	f, err := fsys.Lock(path)
	if errors.Is(err, vfs.ErrLocked) {
		return nil, &FolderLockedError{Dir: dir, Pid: holder(fsys, path)}
	}
	if err != nil {
		return nil, err
	}
	// The lock holds without the number, which is for people: a full disk is no
	// reason not to start.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(append(strconv.AppendInt(nil, int64(os.Getpid()), 10), '\n'), 0)
	}
	return f, nil
}

// holder reads who has written into a lock, 0 if that cannot be told.
func holder(fsys vfs.FS, path string) int {
	f, err := fsys.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	var text [pidMax]byte
	n, _ := f.ReadAt(text[:], 0) // io.EOF; of another error there is nothing to say
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil {
		return 0
	}
	return pid
}
