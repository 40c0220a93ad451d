//go:build darwin || dragonfly || freebsd

package netpoll

// hangupHidden: unread bytes hide the peer's end from PeerClosed.
const hangupHidden = true
