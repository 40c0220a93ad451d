package netpoll

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ListenUnix listens on a Unix socket. A socket file that a dead server left is
// replaced; one that still answers, or a file of another kind, is an error. The
// file gets the permissions perm before anybody can connect, or what the umask
// leaves when perm is 0.
func ListenUnix(path string, perm os.FileMode, options ListenOptions) (*Listener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	fd, err := streamSocket(unix.AF_UNIX)
	if err != nil {
		return nil, err
	}
	l, err := bindUnix(fd, path, perm, options)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return l, nil
}

func bindUnix(fd int, path string, perm os.FileMode, options ListenOptions) (*Listener, error) {
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return nil, &os.PathError{Op: "bind", Path: path, Err: err}
	}
	file, err := identify(path)
	if err != nil {
		return nil, err
	}
	if perm != 0 {
		err = os.Chmod(path, perm)
	}
	if err == nil {
		err = listen(fd, options.Backlog)
	}
	var l *Listener
	if err == nil {
		l, err = newListener(fd, options)
	}
	if err != nil {
		file.remove()
		return nil, err
	}
	l.addr, l.boundFile = UnixAddr(&path), file
	return l, nil
}

// removeStale makes room for a socket file at path.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	fd, err := streamSocket(unix.AF_UNIX)
	if err != nil {
		return err
	}
	err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	unix.Close(fd)
	if err == nil || err == unix.EAGAIN || err == unix.EINPROGRESS {
		return &os.PathError{Op: "bind", Path: path, Err: unix.EADDRINUSE}
	}
	return os.Remove(path)
}

// fileIdentity remembers which file a path named.
type fileIdentity struct {
	path string
	info os.FileInfo
}

func identify(path string) (*fileIdentity, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return &fileIdentity{path, info}, nil
}

// remove removes the file if the path still names it.
func (f *fileIdentity) remove() {
	if info, err := os.Lstat(f.path); err == nil && os.SameFile(info, f.info) {
		os.Remove(f.path)
	}
}
