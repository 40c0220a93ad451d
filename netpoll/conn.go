package netpoll

import (
	"os"

	"golang.org/x/sys/unix"
)

// Writev writes pieces in order through the scratch v, which it empties before
// and after. Its results are those of Vec.Write; callers whose pieces are not a
// [][]byte fill a Vec themselves.
func Writev(fd int, pieces [][]byte, v *Vec) (int, error) {
	v.Reset()
	for _, b := range pieces {
		v.Add(b)
	}
	n, err := v.Write(fd)
	v.Reset()
	return n, err
}

// ShutdownWrite sends the peer an end of stream after what was written; reading
// goes on.
func ShutdownWrite(fd int) error {
	return os.NewSyscallError("shutdown", unix.Shutdown(fd, unix.SHUT_WR))
}

// Shutdown ends both directions of fd at once, whoever is using it. The
// descriptor stays open and its poller reports a hang-up, so the owner of the
// connection closes it; other threads may call this to make that happen.
func Shutdown(fd int) error {
	return os.NewSyscallError("shutdown", unix.Shutdown(fd, unix.SHUT_RDWR))
}

// refusalDrainMax bounds how many bytes Dismiss throws away, so that a fast
// sender cannot hold the thread.
const refusalDrainMax = 64 << 10

// Refuse tells the peer of a connection that was accepted but not registered
// why it cannot stay, and closes it.
func Refuse(fd int, text []byte) {
	Dismiss(fd, text)
	Close(fd)
}

// Dismiss tells the peer of a connection that is about to be closed why. The
// text goes out as far as the send buffer takes it, then the end of the stream.
// What the peer sent already is read and dropped: a close with unread bytes
// resets the connection, and the reset may overtake the text.
func Dismiss(fd int, text []byte) {
	Write(fd, text)
	ShutdownWrite(fd)
	var drain [4096]byte
	for total := 0; total < refusalDrainMax; {
		n, err := Read(fd, drain[:])
		if err != nil {
			break
		}
		total += n
	}
}
