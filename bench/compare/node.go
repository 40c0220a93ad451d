package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"basalt/bench/client"
	"basalt/test/harness"
)

// server names one side of the comparison.
type server int

const (
	reference server = iota
	ours
	servers // how many there are
)

// String is the name in the results.
func (s server) String() string { return [servers]string{"redis-server", "basalt"}[s] }

// node is a server that runs, with a connection for what is not measured.
type node struct {
	*client.Conn
	server  server
	process *harness.Server
	port    string
	address string
}

// startNode starts one side, without persistence unless args say otherwise, in a
// directory of its own and on a port that the kernel chose.
func startNode(o options, p programs, s server, args ...string) (*node, error) {
	return startNodeIn("", o, p, s, args...)
}

// startNodeIn does so in a directory that is there. It returns when what is in
// it has been loaded.
func startNodeIn(dir string, o options, p programs, s server, args ...string) (*node, error) {
	if s == ours && o.ioThreads > 0 {
		args = append(args, "--io-threads", strconv.Itoa(o.ioThreads))
	}
	process, err := harness.Start(harness.Options{Binary: p.servers[s], Args: args, TCP: true, Dir: dir})
	if err != nil {
		return nil, err
	}
	n := &node{server: s, process: process, port: strconv.Itoa(process.Port)}
	n.address = net.JoinHostPort("127.0.0.1", n.port)
	if n.Conn, err = client.Dial(n.address); err != nil {
		return nil, errors.Join(err, process.Stop())
	}
	return n, nil
}

// stop ends the process. An error says that it had crashed.
func (n *node) stop() error {
	return errors.Join(n.Close(), n.process.Stop())
}

// version is the server's own word, as "7.0.15".
func (n *node) version() string {
	fields, err := n.Info("server")
	if err != nil {
		return "unknown"
	}
	for _, name := range []string{"basalt_version", "redis_version"} {
		if v := fields[name]; v != "" {
			return v
		}
	}
	return "unknown"
}

// knows says whether the server has a command.
func (n *node) knows(command string) (bool, error) {
	reply, err := n.Do("COMMAND", "INFO", command)
	if err != nil {
		return false, err
	}
	if len(reply.Elems) != 1 {
		return false, fmt.Errorf("%s: COMMAND INFO %s has %d elements", n.server, command, len(reply.Elems))
	}
	return !reply.Elems[0].IsNull(), nil
}

// errorReplies is how many errors the server has answered with since it started.
func (n *node) errorReplies() (int64, error) { return n.InfoInt("stats", "total_error_replies") }

// pair is both sides, running.
type pair [servers]*node

func startPair(o options, p programs, args ...string) (pair, error) {
	var nodes pair
	for s := range servers {
		n, err := startNode(o, p, s, args...)
		if err != nil {
			return nodes, errors.Join(err, nodes.stop())
		}
		nodes[s] = n
	}
	return nodes, nil
}

func (p pair) stop() error {
	var errs []error
	for _, n := range p {
		if n != nil {
			errs = append(errs, n.stop())
		}
	}
	return errors.Join(errs...)
}

// know says whether both servers have all the commands.
func (p pair) know(commands []string) (bool, error) {
	for _, n := range p {
		for _, command := range commands {
			if ok, err := n.knows(command); err != nil || !ok {
				return false, err
			}
		}
	}
	return true, nil
}
