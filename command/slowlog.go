package command

import "strconv"

const (
	// slowArgs and slowArgBytes bound what the slow log keeps of a command, as
	// SLOWLOG GET documents: the rest is named by its count.
	slowArgs     = 32
	slowArgBytes = 128
)

// SlowEntry is one command of the slow log.
type SlowEntry struct {
	ID     int64
	UnixS  int64 // when it ran, Unix time in seconds
	Micros int64
	Args   []string
	Addr   string
	Name   string
}

// SlowLog is a ring of the last commands that took long.
type SlowLog struct {
	entries []SlowEntry // newest at position next-1, wrapping
	next    int
	count   int
	lastID  int64
}

// Resize sets how many entries are kept; the newest stay. It is
// slowlog-max-len.
func (l *SlowLog) Resize(n int) {
	if n == len(l.entries) {
		return
	}
	kept := l.Newest(n)
	l.entries = make([]SlowEntry, n)
	l.count = len(kept)
	for i := range kept {
		l.entries[len(kept)-1-i] = kept[i]
	}
	l.next = 0
	if n > 0 {
		l.next = l.count % n
	}
}

// Add records a command. The arguments are copied, shortened to what the log
// keeps.
func (l *SlowLog) Add(unixS, micros int64, args [][]byte, addr, name string) {
	if len(l.entries) == 0 {
		return
	}
	e := &l.entries[l.next]
	l.next = (l.next + 1) % len(l.entries)
	l.count = min(l.count+1, len(l.entries))
	*e = SlowEntry{ID: l.lastID, UnixS: unixS, Micros: micros, Args: shorten(args), Addr: addr, Name: name}
	l.lastID++
}

func shorten(args [][]byte) []string {
	n := min(len(args), slowArgs)
	kept := make([]string, n)
	for i := range kept {
		switch {
		case n < len(args) && i == n-1:
			kept[i] = "... (" + strconv.Itoa(len(args)-n+1) + " more arguments)"
		case len(args[i]) > slowArgBytes:
			kept[i] = string(args[i][:slowArgBytes]) + "... (" + strconv.Itoa(len(args[i])-slowArgBytes) + " more bytes)"
		default:
			kept[i] = string(args[i])
		}
	}
	return kept
}

// Len returns the number of entries kept.
func (l *SlowLog) Len() int { return l.count }

// Clear drops all entries; ids go on.
func (l *SlowLog) Clear() {
	clear(l.entries)
	l.next, l.count = 0, 0
}

// Newest returns a copy of up to n entries, the newest first.
func (l *SlowLog) Newest(n int) []SlowEntry {
	n = min(n, l.count)
	list := make([]SlowEntry, n)
	for i := range list {
		list[i] = l.entries[(l.next-1-i+2*len(l.entries))%len(l.entries)]
	}
	return list
}
