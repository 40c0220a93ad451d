package netpoll

import (
	"sync"

	"golang.org/x/sys/unix"
)

// refusalsMax is how many queued clients one shortage of descriptors refuses
// before the listener rests: enough to tell a storm, bounded in time.
const refusalsMax = 64

// reserve holds one descriptor of the process that nobody uses, to be given up
// when there are no others: with it a queued client can be accepted, told and
// closed, instead of waiting for an answer that does not come.
var reserve struct {
	sync.Mutex
	fd int // -1 while none is held
}

func init() { reserve.fd = -1 }

// keepReserve opens the reserve unless it is open. It may fail; refuseQueued
// tries again.
func keepReserve() {
	reserve.Lock()
	defer reserve.Unlock()
	openReserve()
}

func openReserve() {
	if reserve.fd >= 0 {
		return
	}
	fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		reserve.fd = fd
	}
}

// refuseQueued gives the reserve up, refuses queued clients with text, and
// takes it back. Another thread may snatch the descriptor in between; then
// nobody is told this time, and the caller's pause keeps that from spinning.
func refuseQueued(listener int, text []byte) {
	reserve.Lock()
	defer reserve.Unlock()
	if reserve.fd >= 0 {
		unix.Close(reserve.fd)
		reserve.fd = -1
	}
	for range refusalsMax {
		fd, _, err := acceptSocket(listener)
		if err != nil {
			if classifyAccept(err) == ErrTransient {
				continue
			}
			break
		}
		Refuse(fd, text)
	}
	openReserve()
}
