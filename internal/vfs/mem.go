package vfs

import (
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"sync"
)

// Mem is a file system in memory that knows what a disk would keep. Paths
// are slash-separated; a relative one begins at the root.
type Mem struct {
	mu   sync.Mutex
	root *node
}

// node is a file or, with names, a folder. The mutex of Mem guards all of it.
type node struct {
	data   []byte   // what readers see
	disk   []byte   // what is left after a crash
	dirty  []extent // of data, written since it last went to disk
	lost   bool     // a sync failed: the cache holds bytes that no later one will write
	locked bool

	names   map[string]*node // nil in a file
	durable map[string]*node // names after a crash
	changes []change         // what led from durable to names, in order
}

type extent struct{ from, to int }

// change is one atomic change of a folder: names and what they stand for
// afterwards, nil for nothing.
type change map[string]*node

// NewMem returns an empty file system.
func NewMem() *Mem { return &Mem{root: newFolder()} }

func newFolder() *node {
	return &node{names: map[string]*node{}, durable: map[string]*node{}}
}

// CrashClone returns what a machine that lost its power now would find: of
// files what was synced, of folders the names that were synced. With random,
// some of what was not synced is there too, as disks do it: longer beginnings
// of files, and changes of folders in the order in which they were made. The
// clone holds no locks and shares nothing with m, which goes on living.
func (m *Mem) CrashClone(random *rand.Rand) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := map[*node]*node{}
	return &Mem{root: m.root.crash(random, seen)}
}

func (n *node) crash(random *rand.Rand, seen map[*node]*node) *node {
	if c := seen[n]; c != nil {
		return c
	}
	c := &node{}
	seen[n] = c
	if n.names == nil {
		c.data = slices.Clone(n.disk)
		if random != nil && !n.lost && len(n.data) >= len(n.disk) {
			c.data = slices.Clone(n.data[:len(n.disk)+random.IntN(len(n.data)-len(n.disk)+1)])
		}
		c.disk = slices.Clone(c.data)
		return c
	}
	c.names = map[string]*node{}
	left := maps.Clone(n.durable)
	if random != nil {
		for _, ch := range n.changes[:random.IntN(len(n.changes)+1)] {
			ch.apply(left)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) { // sorted: the same seed gives the same clone
		c.names[name] = left[name].crash(random, seen)
	}
	c.durable = maps.Clone(c.names)
	return c
}

func (c change) apply(names map[string]*node) {
	for name, n := range c {
		if n == nil {
			delete(names, name)
		} else {
			names[name] = n
		}
	}
}

func (n *node) change(c change) {
	c.apply(n.names)
	n.changes = append(n.changes, c)
}

func failure(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// find walks to the folder of a path and returns it with the last name.
func (m *Mem) find(name string) (folder *node, last string) {
	name = path.Clean("/" + name)
	folder = m.root
	dir, last := path.Split(name)
	for dir != "/" {
		var first string
		first, dir = cut(dir)
		folder = folder.names[first]
		if folder == nil || folder.names == nil {
			return nil, last
		}
	}
	return folder, last
}

// cut splits "/a/b/" into "a" and "/b/".
func cut(dir string) (first, rest string) {
	for i := 1; i < len(dir); i++ {
		if dir[i] == '/' {
			return dir[1:i], dir[i:]
		}
	}
	return dir[1:], "/"
}

// lookup returns what a path stands for, nil for nothing.
func (m *Mem) lookup(name string) *node {
	folder, last := m.find(name)
	if folder == nil {
		return nil
	}
	if last == "" {
		return folder
	}
	return folder.names[last]
}

// Open opens an existing file for reading.
func (m *Mem) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.lookup(name)
	if n == nil || n.names != nil {
		return nil, failure("open", name, fs.ErrNotExist)
	}
	return &memFile{mem: m, node: n, name: name, readOnly: true}, nil
}

// Append opens a file for writing and keeps its bytes.
func (m *Mem) Append(name string) (File, error) { return m.open(name, false, false) }

// Create opens a file for writing, empty.
func (m *Mem) Create(name string) (File, error) { return m.open(name, true, false) }

// Lock opens a file and holds it.
func (m *Mem) Lock(name string) (File, error) { return m.open(name, false, true) }

func (m *Mem) open(name string, empty, lock bool) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	folder, last := m.find(name)
	if folder == nil {
		return nil, failure("open", name, fs.ErrNotExist)
	}
	n := folder.names[last]
	switch {
	case n == nil:
		n = &node{}
		folder.change(change{last: n})
	case n.names != nil:
		return nil, failure("open", name, fs.ErrInvalid)
	case lock && n.locked:
		return nil, failure("lock", name, ErrLocked)
	case empty:
		n.truncate(0)
	}
	n.locked = n.locked || lock
	return &memFile{mem: m, node: n, name: name, lock: lock}, nil
}

// Rename gives a file another name.
func (m *Mem) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	source, a := m.find(from)
	target, b := m.find(to)
	if source == nil || target == nil || source.names[a] == nil {
		return failure("rename", from, fs.ErrNotExist)
	}
	n := source.names[a]
	switch {
	case source != target:
		target.change(change{b: n})
		source.change(change{a: nil})
	case a != b:
		source.change(change{a: nil, b: n})
	}
	return nil
}

// Remove takes a file's name, or that of an empty folder, away.
func (m *Mem) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	folder, last := m.find(name)
	if folder == nil || folder.names[last] == nil {
		return failure("remove", name, fs.ErrNotExist)
	}
	if len(folder.names[last].names) > 0 {
		return failure("remove", name, fs.ErrExist)
	}
	folder.change(change{last: nil})
	return nil
}

// Mkdir makes a folder.
func (m *Mem) Mkdir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	folder, last := m.find(name)
	if folder == nil {
		return failure("mkdir", name, fs.ErrNotExist)
	}
	if last == "" || folder.names[last] != nil {
		return failure("mkdir", name, fs.ErrExist)
	}
	folder.change(change{last: newFolder()})
	return nil
}

// List returns the names in a folder, sorted.
func (m *Mem) List(name string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.lookup(name)
	if n == nil || n.names == nil {
		return nil, failure("list", name, fs.ErrNotExist)
	}
	return slices.Sorted(maps.Keys(n.names)), nil
}

// Stat says what a path is.
func (m *Mem) Stat(name string) (Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.lookup(name)
	if n == nil {
		return Info{}, failure("stat", name, fs.ErrNotExist)
	}
	return Info{Size: int64(len(n.data)), Dir: n.names != nil}, nil
}

// SyncDir makes the names in a folder durable.
func (m *Mem) SyncDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.lookup(name)
	if n == nil || n.names == nil {
		return failure("sync", name, fs.ErrNotExist)
	}
	n.durable, n.changes = maps.Clone(n.names), nil
	return nil
}

func (n *node) truncate(size int) {
	n.dirty = slices.DeleteFunc(n.dirty, func(e extent) bool { return e.from >= size })
	for i := range n.dirty {
		n.dirty[i].to = min(n.dirty[i].to, size)
	}
	if size > len(n.data) {
		n.dirty = append(n.dirty, extent{len(n.data), size})
	}
	n.data = append(n.data[:min(size, len(n.data))], make([]byte, max(0, size-len(n.data)))...)
}

// memFile is an open file of Mem.
type memFile struct {
	mem            *Mem
	node           *node
	name           string
	readOnly, lock bool
	closed         bool
}

// use locks the file system for a call on the file.
func (f *memFile) use(op string, writes bool) (*node, error) {
	f.mem.mu.Lock()
	if f.closed || writes && f.readOnly {
		f.mem.mu.Unlock()
		return nil, failure(op, f.name, fs.ErrClosed)
	}
	return f.node, nil
}

func (f *memFile) ReadAt(b []byte, offset int64) (int, error) {
	n, err := f.use("read", false)
	if err != nil {
		return 0, err
	}
	defer f.mem.mu.Unlock()
	if offset >= int64(len(n.data)) {
		return 0, io.EOF
	}
	count := copy(b, n.data[offset:])
	if count < len(b) {
		return count, io.EOF
	}
	return count, nil
}

func (f *memFile) WriteAt(b []byte, offset int64) (int, error) {
	n, err := f.use("write", true)
	if err != nil {
		return 0, err
	}
	defer f.mem.mu.Unlock()
	end := int(offset) + len(b)
	if end > len(n.data) {
		n.data = append(n.data, make([]byte, end-len(n.data))...)
	}
	n.dirty = append(n.dirty, extent{int(offset), end})
	return copy(n.data[offset:], b), nil
}

func (f *memFile) Size() (int64, error) {
	n, err := f.use("stat", false)
	if err != nil {
		return 0, err
	}
	defer f.mem.mu.Unlock()
	return int64(len(n.data)), nil
}

func (f *memFile) Truncate(size int64) error {
	n, err := f.use("truncate", true)
	if err != nil {
		return err
	}
	defer f.mem.mu.Unlock()
	n.truncate(int(size))
	return nil
}

func (f *memFile) Sync() error {
	n, err := f.use("sync", false)
	if err != nil {
		return err
	}
	defer f.mem.mu.Unlock()
	n.disk = append(n.disk[:min(len(n.disk), len(n.data))], make([]byte, max(0, len(n.data)-len(n.disk)))...)
	for _, e := range n.dirty {
		copy(n.disk[e.from:e.to], n.data[e.from:e.to])
	}
	n.dirty, n.lost = nil, false
	return nil
}

// forget is what a failed sync does to a page cache: what was dirty counts as
// clean, and no later sync writes it.
func (f *memFile) forget() {
	if n, err := f.use("sync", false); err == nil {
		n.lost = n.lost || len(n.dirty) > 0
		n.dirty = nil
		f.mem.mu.Unlock()
	}
}

func (f *memFile) Close() error {
	n, err := f.use("close", false)
	if err != nil {
		return err
	}
	defer f.mem.mu.Unlock()
	f.closed = true
	if f.lock {
		n.locked = false
	}
	return nil
}
