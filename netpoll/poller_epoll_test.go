//go:build linux

package netpoll

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// hangupHidden: unread bytes hide the peer's end from PeerClosed.
const hangupHidden = false

// TestReusedDescriptor holds a copy of a descriptor, as a child process that is
// being started does: the old registration outlives the close, and only the
// token tells its events from those of the next connection with that number.
func TestReusedDescriptor(t *testing.T) {
	p := openLoop(t)
	oldFD, oldClient := connect(t)
	newFD, newClient := connect(t)
	held, err := unix.Dup(oldFD)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(held)
	stale, current := Token(1, 7), Token(2, 7)
	p.Add(oldFD, stale)
	p.next(stale, writable)
	// The new connection takes over the number.
	if err := unix.Dup3(newFD, oldFD, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if err := p.Add(oldFD, current); err != nil {
		t.Fatal(err)
	}
	p.next(current, writable)
	send(t, oldClient, "old")
	p.next(stale, readable)
	p.quiet(current)
	send(t, newClient, "new")
	p.next(current, readable)
	if data, _ := readAll(t, oldFD); data != "new" {
		t.Fatalf("read %q", data)
	}
}

func TestOptionsAreInherited(t *testing.T) {
	l := listenLoopback(t, ListenOptions{KeepAlive: 300})
	check := func(idle, interval int) {
		t.Helper()
		dial(t, l, 1)
		fd, _ := accept(t, l)
		for _, o := range []struct {
			name          string
			level, option int
			want          int
		}{
			{"TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
			{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
			{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, idle},
			{"TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, interval},
			{"TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
		} {
			got, err := unix.GetsockoptInt(fd, o.level, o.option)
			if err != nil || got != o.want {
				t.Errorf("%s is %d (%v), want %d", o.name, got, err, o.want)
			}
		}
		flags, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if flags&unix.O_NONBLOCK == 0 {
			t.Error("accepted connection blocks")
		}
		flags, _ = unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if flags&unix.FD_CLOEXEC == 0 {
			t.Error("accepted connection is inherited by children")
		}
	}
	check(300, 100)
	if err := l.SetKeepAlive(2); err != nil {
		t.Fatal(err)
	}
	check(2, 1)
	if err := l.SetKeepAlive(0); err != nil {
		t.Fatal(err)
	}
	dial(t, l, 1)
	fd, _ := accept(t, l)
	if on, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE); on != 0 {
		t.Error("keepalive stays on")
	}
}

func TestPinThread(t *testing.T) {
	done := make(chan error)
	go func() {
		done <- pinAndCheck()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// pinAndCheck binds its thread to the first CPU that it may use. The thread
// dies with the goroutine, which never unlocks it.
func pinAndCheck() error {
	runtime.LockOSThread()
	var before, after unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	cpu := 0
	for !before.IsSet(cpu) {
		cpu++
	}
	if err := PinThread(nil); err != nil {
		return err
	}
	if err := PinThread([]int{cpu, cpuMax - 1}); err != nil {
		return err
	}
	if err := unix.SchedGetaffinity(0, &after); err != nil {
		return err
	}
	if after.Count() != 1 || !after.IsSet(cpu) {
		return fmt.Errorf("bound to %d CPUs", after.Count())
	}
	if before.Count() < cpuMax && PinThread([]int{cpuMax - 1}) == nil {
		return fmt.Errorf("bound to a CPU that is not there")
	}
	return nil
}
