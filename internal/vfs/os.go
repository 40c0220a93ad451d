package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Modes of what is made, before the umask: Redis's.
const (
	fileMode   = 0o644
	folderMode = 0o755
)

// OS is the file system of the machine.
type OS struct{}

// Open opens an existing file for reading.
func (OS) Open(path string) (File, error) { return open(path, os.O_RDONLY) }

// Append opens a file for writing and keeps its bytes.
func (OS) Append(path string) (File, error) { return open(path, os.O_RDWR|os.O_CREATE) }

// Create opens a file for writing, empty.
func (OS) Create(path string) (File, error) {
	return open(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

// Rename gives a file another name.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove takes a file's name away.
func (OS) Remove(path string) error { return os.Remove(path) }

// Mkdir makes a folder.
func (OS) Mkdir(dir string) error { return os.Mkdir(dir, folderMode) }

// List returns the names in a folder, sorted.
func (OS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Stat says what a path is.
func (OS) Stat(path string) (Info, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Info{}, err
	}
	return Info{Size: info.Size(), Dir: info.IsDir()}, nil
}

// SyncDir makes the names in a folder durable, where the file system knows of
// such a thing.
func (OS) SyncDir(dir string) error {
	f, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.EBADF) {
		return err
	}
	return nil
}

// Lock opens a file and holds it against other processes.
func (OS) Lock(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return osFile{f}, nil
}

func open(path string, flags int) (File, error) {
	f, err := os.OpenFile(path, flags, fileMode)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// osFile adds to os.File what File asks for beyond it.
type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error {
	err := syncData(f.File)
	runtime.KeepAlive(f.File)
	if err != nil {
		return &os.PathError{Op: "sync", Path: f.Name(), Err: err}
	}
	return nil
}
