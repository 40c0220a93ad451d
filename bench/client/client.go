// Package client is what the benchmarks speak to a server through: one
// connection that sends commands in batches and reads their replies in order.
// It allocates nothing per command once its buffers have grown.
package client

import (
	"errors"
	"fmt"
	"net"
	"time"

	"basalt/resp"
)

// patience bounds the wait for anything. It is counted from the last Flush.
const patience = 2 * time.Minute

// Conn is a connection to a server. It is for one goroutine.
type Conn struct {
	conn    net.Conn
	in      *resp.Reader
	out     []byte // commands queued and not sent
	reply   resp.Value
	pending int // commands queued whose replies were not read
}

// Dial connects to an address of package net's form, "host:port".
func Dial(address string) (*Conn, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, err
	}
	return &Conn{conn: conn, in: resp.NewReader(conn)}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Pending is how many replies are still to be received.
func (c *Conn) Pending() int { return c.pending }

// Queue adds a command to the next batch. The arguments are copied.
func (c *Conn) Queue(args ...[]byte) {
	c.out = resp.AppendCommand(c.out, args...)
	c.pending++
}

// Flush sends what was queued.
func (c *Conn) Flush() error {
	if len(c.out) == 0 {
		return nil
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := c.conn.Write(c.out)
	c.out = c.out[:0]
	return err
}

// Receive reads the next reply, which stays valid until the following one. An
// error reply is a value like any other.
func (c *Conn) Receive() (*resp.Value, error) {
	if c.pending == 0 {
		return nil, errors.New("client: no reply is due")
	}
	if err := c.in.Read(&c.reply); err != nil {
		return nil, err
	}
	c.pending--
	return &c.reply, nil
}

// Do sends one command and returns its reply; here an error reply is an error.
// Nothing may be pending.
func (c *Conn) Do(args ...string) (*resp.Value, error) {
	words := make([][]byte, len(args))
	for i, arg := range args {
		words[i] = []byte(arg)
	}
	c.Queue(words...)
	if err := c.Flush(); err != nil {
		return nil, err
	}
	reply, err := c.Receive()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[0], err)
	}
	if reply.IsError() {
		return nil, fmt.Errorf("%s: %s", args[0], reply.Str)
	}
	return reply, nil
}
