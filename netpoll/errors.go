package netpoll

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Errors that are part of normal life. All are compared with ==; none is wrapped
// by the functions that return it.
var (
	// ErrAgain: nothing to read, no room to write, nobody to accept. The next
	// event says when to come back.
	ErrAgain = errors.New("netpoll: would block")
	// ErrTransient: a queued connection died before it was accepted. The caller
	// goes on with its batch.
	ErrTransient = errors.New("netpoll: connection aborted before accept")
	// ErrExhausted: the process or the system is out of descriptors or memory.
	// Clients that could be told were told and closed. Some may still be queued
	// and the listener stays ready, so the caller takes the listener out of its
	// poller for ExhaustedPauseMs.
	ErrExhausted = errors.New("netpoll: out of file descriptors")
)

// ExhaustedPauseMs is how long a listener rests after ErrExhausted, in
// milliseconds. At 64 refusals each time that tells 3,200 clients a second and
// costs a few per cent of a core.
const ExhaustedPauseMs = 20

// AddressUnavailable reports whether a listener could not be opened because the
// machine lacks the address or its protocol. An address marked as optional
// ("-::1") is skipped then.
func AddressUnavailable(err error) bool {
	for _, e := range []unix.Errno{unix.EADDRNOTAVAIL, unix.ENOPROTOOPT, unix.EPROTONOSUPPORT,
		unix.ESOCKTNOSUPPORT, unix.EPFNOSUPPORT, unix.EAFNOSUPPORT} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// classifyAccept sorts the ways in which accept fails. Errors that are returned
// as they came mean that the listener itself is broken.
func classifyAccept(err error) error {
	switch err {
	case unix.EAGAIN:
		return ErrAgain
	case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
		return ErrExhausted
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.EPERM, unix.ENOPROTOOPT, unix.EOPNOTSUPP,
		unix.ENETDOWN, unix.ENETUNREACH, unix.EHOSTDOWN, unix.EHOSTUNREACH, unix.ETIMEDOUT:
		// Linux hands over errors that already stand on the new socket; a
		// firewall's refusal comes as EPERM.
		return ErrTransient
	}
	return err
}
