package server

import (
	"errors"
	"fmt"
	"os"
	"slices"
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
	untrustedError = "-DENIED Only load balancers of 'proxy-protocol-networks' may connect here.\r\n"

	// unixWord stands for the Unix socket in proxy-protocol.
	unixWord = "unixsocket"
	// refusalsLogged bounds the lines a second about connections that are refused.
	refusalsLogged = 20
)

// bound is a listener and what it was configured as.
type bound struct {
	key      string // address and port, or the path of a Unix socket
	name     string // as INFO shows it
	listener *netpoll.Listener
	proxied  bool // its connections begin with a PROXY header
	// inherited says that a service manager opened it.
	inherited bool
}

// source is what a reactor accepts from.
type source struct {
	*netpoll.Listener
	proxied bool
}

// listen opens the sockets of the configuration.
func (s *Server) listen() error {
	var err error
	if s.inherited, err = netpoll.Inherit(s.listenOptions()); err != nil {
		return err
	}
	fresh, err := s.openSockets(nil, false)
	if err != nil {
		return err
	}
	if len(fresh) == 0 {
		return errors.New("configured to not listen anywhere")
	}
	s.bound = fresh
	return s.reactors[0].setListeners(sourcesOf(fresh), nil)
}

func sourcesOf(list []bound) []source {
	sources := make([]source, len(list))
	for i := range list {
		sources[i] = source{list[i].listener, list[i].proxied}
	}
	return sources
}

// rebind opens the sockets of the changed configuration and closes those that
// it does not name any more. Clients stay connected.
func (s *Server) rebind() error {
	if s.draining.Load() {
		return errors.New("the server ends and listens no more")
	}
	next, err := s.openSockets(s.bound, false)
	if err == nil {
		s.rebindTo(next)
	}
	return err
}

// rebindTo makes next the sockets that the server listens on, and closes others.
func (s *Server) rebindTo(next []bound) {
	var dropped []*netpoll.Listener
	for _, b := range s.bound {
		if !hasKey(next, b.key) {
			dropped = append(dropped, b.listener)
		}
	}
	s.bound = next
	list := sourcesOf(next)
	s.reactors[0].post(func(r *reactor) { s.fail(r.setListeners(list, dropped)) })
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
func (r *reactor) setListeners(list []source, dropped []*netpoll.Listener) error {
	for _, l := range r.sources {
		r.poller.Remove(l.FD())
	}
	for _, l := range dropped {
		l.Close()
	}
	r.sources = list
	return r.resumeAccept()
}

// openSockets opens what the configuration names, taking over from have what
// is open already. On an error nothing new stays open, or with partly all that
// can be.
func (s *Server) openSockets(have []bound, partly bool) (list []bound, err error) {
	var failed error
	judge := func(err error) error {
		if err != nil && partly {
			failed, err = errors.Join(failed, err), nil
		}
		return err
	}
	defer func() {
		if partly {
			err = failed
		}
		if err == nil || partly {
			return
		}
		for _, b := range list {
			if !hasKey(have, b.key) {
				b.listener.Close()
			}
		}
		list = nil
	}()
	cfg := s.config
	if err := judge(s.unknownProxied()); err != nil {
		return nil, err
	}
	add := func(key, name, address string, open func() (*netpoll.Listener, error)) error {
		proxied := cfg.ProxyProtocolOn(address)
		for _, b := range have {
			if b.key == key {
				b.proxied = proxied
				list = append(list, b)
				return nil
			}
		}
		l, err := open()
		if err == nil {
			list = append(list, bound{key: key, name: name, listener: l, proxied: proxied})
		}
		return err
	}
	if len(s.inherited) > 0 {
		return s.inheritedSockets(), nil
	}
	options := s.listenOptions()
	if cfg.Port != 0 {
		if err := addTCP(cfg, options, add, judge); err != nil {
			return list, err
		}
		if len(list) == 0 && !partly {
			return list, fmt.Errorf("none of the addresses of bind could be listened on at port %d", cfg.Port)
		}
	}
	if path := cfg.UnixSocket; path != "" {
		err := add(path, "name=unix,bind="+path, unixWord, func() (*netpoll.Listener, error) {
			return netpoll.ListenUnix(path, os.FileMode(cfg.UnixSocketPerm), options)
		})
		if err != nil {
			err = judge(fmt.Errorf("failed opening Unix socket %s: %w", path, err))
		}
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// unknownProxied is an error if proxy-protocol names a listener that there is
// none of: whoever did means another one, which would take clients without a
// header.
func (s *Server) unknownProxied() error {
	cfg := s.config
	known := []string{"yes"}
	for _, l := range s.inherited {
		known = append(known, listenerWord(l))
	}
	if len(s.inherited) == 0 {
		for _, word := range cfg.Bind {
			known = append(known, strings.TrimPrefix(word, "-"))
		}
		if cfg.UnixSocket != "" {
			known = append(known, unixWord)
		}
	}
	for _, word := range cfg.ProxyProtocol {
		if !slices.Contains(known, word) {
			return fmt.Errorf("proxy-protocol: the server does not listen on '%s'", word)
		}
	}
	return nil
}

// listenerWord is what proxy-protocol calls an inherited listener.
func listenerWord(l *netpoll.Listener) string {
	if l.Addr().IsUnix() {
		return unixWord
	}
	return l.Addr().IP().String()
}

func (s *Server) listenOptions() netpoll.ListenOptions {
	cfg := s.config
	return netpoll.ListenOptions{Backlog: cfg.TCPBacklog, KeepAlive: cfg.TCPKeepAlive, Mark: cfg.SocketMarkID,
		Refusal: []byte(maxClientsError)}
}

// inheritedSockets are those of a service manager, which decides where the
// server listens then.
func (s *Server) inheritedSockets() []bound {
	list := make([]bound, len(s.inherited))
	for i, l := range s.inherited {
		a := l.Addr()
		key := a.String()
		name := "name=unix,bind=" + strings.TrimSuffix(key, ":0")
		if !a.IsUnix() {
			name = "name=tcp,bind=" + a.IP().String() + ",port=" + strconv.Itoa(a.Port())
		}
		list[i] = bound{key: "inherited " + key, name: name, listener: l, inherited: true,
			proxied: s.config.ProxyProtocolOn(listenerWord(l))}
	}
	return list
}

func addTCP(cfg *config.Config, options netpoll.ListenOptions,
	add func(key, name, address string, open func() (*netpoll.Listener, error)) error, judge func(error) error) error {
	port := strconv.Itoa(cfg.Port)
	for _, word := range cfg.Bind {
		addr, optional := strings.CutPrefix(word, "-")
		err := add(addr+" "+port, "name=tcp,bind="+addr+",port="+port, addr, func() (*netpoll.Listener, error) {
			return netpoll.ListenTCP(addr, cfg.Port, options)
		})
		if err != nil && !(optional && netpoll.AddressUnavailable(err)) {
			if err = judge(fmt.Errorf("could not create server TCP listening socket %s:%s: %w", addr, port, err)); err != nil {
				return err
			}
		}
	}
	return nil
}

// admit decides about a new connection and gives it to a reactor. It runs on
// the accepting reactor.
func (s *Server) admit(r *reactor, a accepted) {
	refusal, why := "", ""
	switch {
	case s.connected.Load() >= s.maxClients.Load():
		refusal, why = maxClientsError, "maxclients is reached"
	case a.proxied && !s.trusts(a.remote):
		refusal, why = untrustedError, "it does not come from proxy-protocol-networks"
	case a.proxied: // who it is comes in its header
	case s.protected.Load() && !a.remote.IsLoopback():
		refusal, why = protectedError, "protected mode is on"
	}
	if refusal != "" {
		s.noteRefused(a.remote.String(), why)
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

// noteRefused counts a connection that was not taken and logs it; of a flood of
// them the log takes some a second. Any thread.
func (s *Server) noteRefused(remote, why string) {
	s.rejected.Add(1)
	s.refusals.Warn().Str("client", remote).Str("why", why).Msg("connection refused")
}
