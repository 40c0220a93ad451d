package netpoll

import (
	"os"
	"strconv"
)

// firstInherited is the first descriptor that a service manager hands over.
const firstInherited = 3

// Inherit returns the listening sockets that a service manager opened for this
// process, as sd_listen_fds(3) describes it: LISTEN_FDS of them, if LISTEN_PID
// is this process. The variables are removed, so that no child takes them for
// its own. None is no error; a descriptor that is no listening stream socket is
// one, and everything handed over is closed then.
func Inherit(options ListenOptions) ([]*Listener, error) {
	pid, fds := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name)
	}
	count, err := strconv.Atoi(fds)
	if err != nil || count <= 0 || count > inheritedMax || pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	return inherit(firstInherited, count, options)
}

// inheritedMax bounds how many sockets are believed to be handed over.
const inheritedMax = 64

func inherit(first, count int, options ListenOptions) ([]*Listener, error) {
	var list []*Listener
	for fd := first; fd < first+count; fd++ {
		l, err := FromFd(fd, options)
		if err == nil {
			list = append(list, l)
			continue
		}
		for _, l := range list {
			l.Close()
		}
		for fd++; fd < first+count; fd++ {
			Close(fd)
		}
		return nil, err
	}
	return list, nil
}
