// Package vfs is the file system as persistence sees it: the few calls that it
// needs, so that each of them can be made to fail.
//
//	OS       the real one
//	Mem      in memory, told apart from what a disk would keep after a crash
//	Faults   around either: fails chosen calls, runs out of space, is slow
//
// Durability has two halves that are asked for separately, as on a real disk:
// File.Sync makes the bytes of a file durable, FS.SyncDir the names in a folder.
// Errors carry the path and the cause (errors.Is finds fs.ErrNotExist,
// syscall.ENOSPC and so on).
package vfs

import (
	"errors"
	"io"
)

// ErrLocked says that somebody else holds a lock.
var ErrLocked = errors.New("locked by another process")

// FS is a file system. All methods may be called from any goroutine and may
// block as long as the disk likes.
type FS interface {
	// Open opens an existing file for reading.
	Open(path string) (File, error)
	// Append opens a file for reading and writing and keeps what is in it; it
	// makes an empty one if there is none.
	Append(path string) (File, error)
	// Create is Append, but the file is empty afterwards.
	Create(path string) (File, error)
	// Rename gives a file another name in place of what had it.
	Rename(from, to string) error
	// Remove takes a file's name away; fs.ErrNotExist if it has none.
	Remove(path string) error
	// List returns the names in a folder, sorted.
	List(dir string) ([]string, error)
	// Mkdir makes a folder; fs.ErrExist if the name is taken.
	Mkdir(dir string) error
	// Stat says what a path is; fs.ErrNotExist if nothing.
	Stat(path string) (Info, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(dir string) error
	// Lock opens a file as Append does and holds it against every other Lock
	// of it, by any process, until it is closed. If it is held, it returns
	// ErrLocked at once.
	Lock(path string) (File, error)
}

// Info is what Stat tells.
type Info struct {
	Size int64 // bytes
	Dir  bool
}

// File is an open file. WriteAt returns how much was written before an error;
// writing past the end makes the file longer.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size returns the length in bytes.
	Size() (int64, error)
	// Truncate sets the length.
	Truncate(size int64) error
	// Sync makes the bytes and the length durable. After an error, what was
	// written since the last success may be lost whatever later calls return,
	// unless it is written again.
	Sync() error
}
