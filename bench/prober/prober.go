// Package prober measures how long one client waits for a server. Each
// distribution comes twice: as the client saw it, and without the time that the
// server's thread or the prober stood ready to run and other processes had the
// processors, where the system tells. On a machine whose processors are shared
// only the second says something about the server.
package prober

import (
	"context"
	"fmt"
	"math"
	"net"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// interval is how often the prober asks.
const interval = 500 * time.Microsecond

// requests are asked in turn. The key is none that the load writes, so the
// answers are known.
var requests = [...]struct{ ask, answer []byte }{
	{[]byte("*1\r\n$4\r\nPING\r\n"), []byte("+PONG\r\n")},
	{[]byte("*2\r\n$3\r\nGET\r\n$5\r\nprobe\r\n"), []byte("$1\r\n1\r\n")},
}

// Prober is one connection. It stays on its thread and in blocking system
// calls, so that no scheduler but the kernel's stands between a reply and the
// clock.
type Prober struct {
	fd    int
	waits *cpuWaits
	buf   [64]byte
}

// Series is what a run of probes saw. A wait longer than the interval counts
// for the requests as well that would have been sent during it.
type Series struct {
	Seen []time.Duration // sorted
	Own  []time.Duration // sorted; without the waits for a processor
	Took time.Duration
}

// Open connects to the server with that process ID and binds the calling
// goroutine to its thread, which gets a high priority where that is allowed. Only
// that goroutine may use the prober, and it should end, and its thread with it,
// when the probing does.
func Open(ip net.IP, port, pid int) (*Prober, error) {
	runtime.LockOSThread()
	// The question is how long the server takes, not how long the prober waits
	// for a processor; without the right to this it is measured all the same.
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, -15)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	p := &Prober{fd: fd, waits: openWaits(pid)}
	if err = unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte(ip.To4())}); err == nil {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	if err == nil {
		err = p.ask([]byte("*3\r\n$3\r\nSET\r\n$5\r\nprobe\r\n$1\r\n1\r\n"), []byte("+OK\r\n"))
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("connecting the prober: %w", err)
	}
	return p, nil
}

// Close closes the connection.
func (p *Prober) Close() {
	p.waits.close()
	_ = unix.Close(p.fd) // nothing is left to be lost
}

// ask sends a request and waits for its answer.
func (p *Prober) ask(request, answer []byte) error {
	if _, err := unix.Write(p.fd, request); err != nil {
		return err
	}
	for have := 0; have < len(answer); {
		n, err := unix.Read(p.fd, p.buf[have:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("the server closed the connection")
		}
		have += n
		if have >= len(answer) && string(p.buf[:have]) != string(answer) {
			return fmt.Errorf("answer %q, want %q", p.buf[:have], answer)
		}
	}
	return nil
}

// Probe asks for the given time, or until ended is closed, or ctx, which is an
// error.
func (p *Prober) Probe(ctx context.Context, length time.Duration, ended <-chan struct{}) (*Series, error) {
	s := &Series{}
	start := time.Now()
	next := start
	for i := 0; time.Since(start) < length; i++ {
		select {
		case <-ended:
			length = 0
		default:
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.waits.choose()
		waited := p.waits.total()
		sent := time.Now()
		r := &requests[i%len(requests)]
		if err := p.ask(r.ask, r.answer); err != nil {
			return nil, err
		}
		took := time.Since(sent)
		s.Seen = count(s.Seen, took)
		s.Own = count(s.Own, max(0, took-(p.waits.total()-waited)))
		next = next.Add(interval)
		if now := time.Now(); next.Before(now) {
			next = now.Add(interval)
		}
		time.Sleep(time.Until(next))
	}
	s.Took = time.Since(start)
	slices.Sort(s.Seen)
	slices.Sort(s.Own)
	return s, nil
}

// count adds a wait and those of the requests it held up.
func count(to []time.Duration, wait time.Duration) []time.Duration {
	for ; wait > interval; wait -= interval {
		to = append(to, wait)
	}
	return append(to, wait)
}

// Quantile returns the wait that the share q of sorted waits does not exceed, 0
// of none.
func Quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}
