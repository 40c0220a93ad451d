package server

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"basalt/config"
	"basalt/netpoll"
)

const (
	maxClientsError = "-ERR max number of clients reached\r\n"
	protectedError  = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set " +
		"for the default user. In this mode only connections from the loopback interface are accepted. To connect from " +
		"elsewhere, set a password with 'requirepass', or bind only to addresses that can be trusted and turn " +
		"'protected-mode' off, in the configuration file or with CONFIG SET over a loopback connection.\r\n"
)

// bound is a listener and what it was configured as.
type bound struct {
	key      string // address and port, or the path of a Unix socket
	name     string // as INFO shows it
	listener *netpoll.Listener
}

// listen opens the sockets of the configuration.
func (s *Server) listen() error {
	fresh, err := s.openSockets(nil)
	if err != nil {
		return err
	}
	if len(fresh) == 0 {
		return errors.New("configured to not listen anywhere")
	}
	s.bound = fresh
	return s.reactors[0].setListeners(listenersOf(fresh), nil)
}

func listenersOf(list []bound) []*netpoll.Listener {
	ls := make([]*netpoll.Listener, len(list))
	for i := range list {
		ls[i] = list[i].listener
	}
	return ls
}

// rebind opens the sockets of the changed configuration and closes those that
// it does not name any more. Clients stay connected.
func (s *Server) rebind() error {
	next, err := s.openSockets(s.bound)
	if err != nil {
		return err
	}
	var dropped []*netpoll.Listener
	for _, b := range s.bound {
		if !hasKey(next, b.key) {
			dropped = append(dropped, b.listener)
		}
	}
	s.bound = next
	list := listenersOf(next)
	s.reactors[0].post(func(r *reactor) { s.fail(r.setListeners(list, dropped)) })
	return nil
}

func hasKey(list []bound, key string) bool {
	for i := range list {
		if list[i].key == key {
			return true
		}
	}
	return false
}

// setListeners makes list what the reactor accepts from and closes dropped.
func (r *reactor) setListeners(list, dropped []*netpoll.Listener) error {
	for _, l := range r.listeners {
		r.poller.Remove(l.FD())
	}
	for _, l := range dropped {
		l.Close()
	}
	r.listeners = list
	return r.resumeAccept()
}

// openSockets opens what the configuration names, taking over from have what
// is open already. On an error nothing new stays open.
func (s *Server) openSockets(have []bound) (list []bound, err error) {
	defer func() {
		if err == nil {
			return
		}
		for _, b := range list {
			if !hasKey(have, b.key) {
				b.listener.Close()
			}
		}
		list = nil
	}()
	add := func(key, name string, open func() (*netpoll.Listener, error)) error {
		for _, b := range have {
			if b.key == key {
				list = append(list, b)
				return nil
			}
		}
		l, err := open()
		if err == nil {
			list = append(list, bound{key, name, l})
		}
		return err
	}
	cfg := s.config
	options := netpoll.ListenOptions{Backlog: cfg.TCPBacklog, KeepAlive: cfg.TCPKeepAlive, Mark: cfg.SocketMarkID,
		Refusal: []byte(maxClientsError)}
	if cfg.Port != 0 {
		if err := addTCP(cfg, options, add); err != nil {
			return list, err
		}
		if len(list) == 0 {
			return list, fmt.Errorf("none of the addresses of bind could be listened on at port %d", cfg.Port)
		}
	}
	if path := cfg.UnixSocket; path != "" {
		err := add(path, "name=unix,bind="+path, func() (*netpoll.Listener, error) {
			return netpoll.ListenUnix(path, os.FileMode(cfg.UnixSocketPerm), options)
		})
		if err != nil {
			return list, fmt.Errorf("failed opening Unix socket %s: %w", path, err)
		}
	}
	return list, nil
}

func addTCP(cfg *config.Config, options netpoll.ListenOptions,
	add func(key, name string, open func() (*netpoll.Listener, error)) error) error {
	port := strconv.Itoa(cfg.Port)
	for _, word := range cfg.Bind {
		addr, optional := strings.CutPrefix(word, "-")
		err := add(addr+" "+port, "name=tcp,bind="+addr+",port="+port, func() (*netpoll.Listener, error) {
			return netpoll.ListenTCP(addr, cfg.Port, options)
		})
		if err != nil && !(optional && netpoll.AddressUnavailable(err)) {
			return fmt.Errorf("could not create server TCP listening socket %s:%s: %w", addr, port, err)
		}
	}
	return nil
}

// admit decides about a new connection and gives it to a reactor. It runs on
// the accepting reactor.
func (s *Server) admit(r *reactor, a accepted) {
	refusal := ""
	switch {
	case s.connected.Load() >= s.maxClients.Load():
		refusal = maxClientsError
	case s.protected.Load() && !a.remote.IsUnix() && !a.remote.IsLoopback():
		refusal = protectedError
	}
	if refusal != "" {
		s.rejected.Add(1)
		netpoll.Refuse(a.fd, []byte(refusal))
		return
	}
	local, err := netpoll.LocalAddr(a.fd)
	if err != nil { // the peer is gone already
		netpoll.Close(a.fd)
		return
	}
	a.local = local
	if a.remote.IsUnix() {
		a.local = a.remote
	}
	s.connected.Add(1)
	target := s.reactors[s.nextReactor%len(s.reactors)]
	s.nextReactor++
	if target == r {
		r.open(a)
		return
	}
	target.post(func(r *reactor) { r.open(a) })
}
