package vfs

import (
	"sync"
	"syscall"
)

// Op is a call of FS or File.
type Op uint8

// The calls that Faults counts.
const (
	OpOpen Op = iota
	OpAppend
	OpCreate
	OpRename
	OpRemove
	OpList
	OpMkdir
	OpStat
	OpSyncDir
	OpLock
	OpRead
	OpWrite
	OpSize
	OpTruncate
	OpSync
	OpClose
)

// Call is one call that is about to be made.
type Call struct {
	Op   Op
	Path string // of Rename the old one
	N    int64  // how many calls came before it
}

// Faults is a file system whose calls fail as a test wants it. A write that
// fails has written half of its bytes before; a sync that fails leaves bytes
// that a later one does not make durable (of Mem). A closing that fails closes.
type Faults struct {
	fs FS

	mu    sync.Mutex
	hook  func(Call) error
	calls int64
	room  int64 // bytes that files may still grow by; noLimit
}

const noLimit = int64(1) << 62

// NewFaults returns fs with nothing wrong with it.
func NewFaults(fs FS) *Faults { return &Faults{fs: fs, room: noLimit} }

// Hook has every call ask hook first, from the goroutine that makes it: it
// may wait, which is a slow disk, and what it returns fails the call. nil
// takes the hook away.
func (f *Faults) Hook(hook func(Call) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook
}

// FailAt fails one call: the n-th from now, counted from 0.
func (f *Faults) FailAt(n int64, err error) {
	n += f.Calls()
	f.Hook(func(c Call) error {
		if c.N == n {
			return err
		}
		return nil
	})
}

// Calls returns how many calls there were.
func (f *Faults) Calls() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// SetRoom sets by how many bytes files may grow before the disk is full;
// negative: as many as they like. What is truncated or removed is room again.
func (f *Faults) SetRoom(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.room = bytes
	if bytes < 0 {
		f.room = noLimit
	}
}

// take asks for room and returns how much of it there is; negative gives back.
func (f *Faults) take(bytes int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	bytes = min(bytes, f.room)
	if f.room != noLimit {
		f.room -= bytes
	}
	return bytes
}

func (f *Faults) ask(op Op, path string) error {
	f.mu.Lock()
	c := Call{Op: op, Path: path, N: f.calls}
	f.calls++
	hook := f.hook
	f.mu.Unlock()
	if hook == nil {
		return nil
	}
	if err := hook(c); err != nil {
		return failure(opNames[op], path, err)
	}
	return nil
}

var opNames = [...]string{"open", "open", "create", "rename", "remove", "list", "mkdir", "stat", "sync folder", "lock",
	"read", "write", "size", "truncate", "sync", "close"}

func (f *Faults) open(op Op, path string, open func(string) (File, error)) (File, error) {
	if err := f.ask(op, path); err != nil {
		return nil, err
	}
	if info, err := f.fs.Stat(path); op == OpCreate && err == nil {
		f.take(-info.Size)
	}
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	return &faultyFile{f, file, path}, nil
}

// Open opens an existing file for reading.
func (f *Faults) Open(path string) (File, error) { return f.open(OpOpen, path, f.fs.Open) }

// Append opens a file for writing and keeps its bytes.
func (f *Faults) Append(path string) (File, error) { return f.open(OpAppend, path, f.fs.Append) }

// Create opens a file for writing, empty.
func (f *Faults) Create(path string) (File, error) { return f.open(OpCreate, path, f.fs.Create) }

// Lock opens a file and holds it.
func (f *Faults) Lock(path string) (File, error) { return f.open(OpLock, path, f.fs.Lock) }

// Rename gives a file another name.
func (f *Faults) Rename(from, to string) error {
	if err := f.ask(OpRename, from); err != nil {
		return err
	}
	return f.fs.Rename(from, to)
}

// Remove takes a file's name away.
func (f *Faults) Remove(path string) error {
	if err := f.ask(OpRemove, path); err != nil {
		return err
	}
	if info, err := f.fs.Stat(path); err == nil {
		f.take(-info.Size)
	}
	return f.fs.Remove(path)
}

// List returns the names in a folder, sorted.
func (f *Faults) List(dir string) ([]string, error) {
	if err := f.ask(OpList, dir); err != nil {
		return nil, err
	}
	return f.fs.List(dir)
}

// Mkdir makes a folder.
func (f *Faults) Mkdir(dir string) error {
	if err := f.ask(OpMkdir, dir); err != nil {
		return err
	}
	return f.fs.Mkdir(dir)
}

// Stat says what a path is.
func (f *Faults) Stat(path string) (Info, error) {
	if err := f.ask(OpStat, path); err != nil {
		return Info{}, err
	}
	return f.fs.Stat(path)
}

// SyncDir makes the names in a folder durable.
func (f *Faults) SyncDir(dir string) error {
	if err := f.ask(OpSyncDir, dir); err != nil {
		return err
	}
	return f.fs.SyncDir(dir)
}

type faultyFile struct {
	faults *Faults
	file   File
	path   string
}

func (f *faultyFile) ReadAt(b []byte, offset int64) (int, error) {
	if err := f.faults.ask(OpRead, f.path); err != nil {
		return 0, err
	}
	return f.file.ReadAt(b, offset)
}

func (f *faultyFile) WriteAt(b []byte, offset int64) (int, error) {
	if err := f.faults.ask(OpWrite, f.path); err != nil {
		n, _ := f.write(b[:len(b)/2], offset) // the first error is the one to tell of
		return n, err
	}
	return f.write(b, offset)
}

// write writes what there is room for.
func (f *faultyFile) write(b []byte, offset int64) (int, error) {
	size, err := f.file.Size()
	if err != nil {
		return 0, err
	}
	growth := max(0, offset+int64(len(b))-size)
	missing := growth - f.faults.take(growth)
	n, err := f.file.WriteAt(b[:int64(len(b))-missing], offset)
	if err == nil && missing > 0 {
		err = failure("write", f.path, syscall.ENOSPC)
	}
	return n, err
}

func (f *faultyFile) Size() (int64, error) {
	if err := f.faults.ask(OpSize, f.path); err != nil {
		return 0, err
	}
	return f.file.Size()
}

func (f *faultyFile) Truncate(size int64) error {
	if err := f.faults.ask(OpTruncate, f.path); err != nil {
		return err
	}
	if old, err := f.file.Size(); err == nil {
		f.faults.take(size - old)
	}
	return f.file.Truncate(size)
}

func (f *faultyFile) Sync() error {
	if err := f.faults.ask(OpSync, f.path); err != nil {
		if m, ok := f.file.(*memFile); ok {
			m.forget()
		}
		return err
	}
	return f.file.Sync()
}

func (f *faultyFile) Close() error {
	err := f.faults.ask(OpClose, f.path)
	if closing := f.file.Close(); err == nil {
		err = closing
	}
	return err
}
