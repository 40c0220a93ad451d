package harness

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
)

// Client is a connection to a server that keeps replies as the bytes they are.
// It is for one goroutine.
type Client struct {
	Conn net.Conn
	in   *bufio.Reader
	out  []byte
}

// DialAddr connects to an address of package net's form. A Unix socket whose
// queue is full says so instead of letting the caller wait, so it tries again.
func DialAddr(network, address string) (*Client, error) {
	for deadline := time.Now().Add(Patience); ; time.Sleep(time.Millisecond) {
		conn, err := net.DialTimeout(network, address, Patience)
		if errors.Is(err, syscall.EAGAIN) && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &Client{Conn: conn, in: bufio.NewReader(conn)}, nil
	}
}

// Close closes the connection.
func (c *Client) Close() error { return c.Conn.Close() }

// AppendRequest appends a command in the form clients send it.
func AppendRequest(dst []byte, args ...string) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(len(args)), 10)
	dst = append(dst, "\r\n"...)
	for _, arg := range args {
		dst = append(dst, '$')
		dst = strconv.AppendInt(dst, int64(len(arg)), 10)
		dst = append(dst, "\r\n"...)
		dst = append(dst, arg...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// Send sends a command without waiting for its reply.
func (c *Client) Send(args ...string) error {
	c.out = AppendRequest(c.out[:0], args...)
	return c.Write(c.out)
}

// Write sends bytes as they are.
func (c *Client) Write(b []byte) error {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	_, err := c.Conn.Write(b)
	return err
}

// Receive reads one reply, whole and unchanged. The bytes are the caller's.
func (c *Client) Receive() ([]byte, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(Patience)); err != nil {
		return nil, err
	}
	return AppendFrame(nil, c.in)
}

// Do sends a command and reads its reply.
func (c *Client) Do(args ...string) ([]byte, error) {
	if err := c.Send(args...); err != nil {
		return nil, err
	}
	reply, err := c.Receive()
	if err != nil {
		return reply, fmt.Errorf("reply of %q: %w", args, err)
	}
	return reply, nil
}

// Rest reads until the server closes the connection and returns what it sent.
// A reset counts as closing: it is what remains of a connection that was closed
// with bytes unread.
func (c *Client) Rest() ([]byte, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(Patience)); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(c.in)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		return b, fmt.Errorf("the server keeps the connection open, after %q", b)
	}
	return b, nil
}
