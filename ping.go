package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"basalt/resp"
)

const (
	// pingTimeout is how long a health check may take in all.
	pingTimeout = 3 * time.Second
	// pingLineMax bounds an answer in bytes: errors are shorter.
	pingLineMax = 4 << 10
)

// pingOptions is what a health check asks for, and where.
type pingOptions struct {
	address  string
	proxied  bool // a PROXY header comes first, as a load balancer's
	ready    bool // it has to be a PONG
	password string
}

// ping is a health check; it returns the exit code, 0 if all is well.
//
// Who ends what is not healthy, as the managers of containers do, must not end a
// server that loads its data or whose disk is full: nothing would be better
// afterwards. So any answer is a sign of life, an error too. --ready asks for more:
// that the server does what clients want of it.
func ping(args []string) int {
	o, err := parsePing(args, os.Getenv)
	if err == nil {
		err = o.ask()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "basalt ping:", err)
		return 1
	}
	return 0
}

// parsePing reads the arguments. What they do not say is in the environment,
// under the names that configure a server.
func parsePing(args []string, env func(string) string) (pingOptions, error) {
	o := pingOptions{password: env("BASALT_REQUIREPASS")}
	for _, arg := range args {
		switch {
		case arg == "--proxy":
			o.proxied = true
		case arg == "--ready":
			o.ready = true
		case strings.HasPrefix(arg, "-") || o.address != "":
			return o, fmt.Errorf("unexpected %q; the form is: ping [--proxy] [--ready] [address]", arg)
		default:
			o.address = arg
		}
	}
	port, socket := env("BASALT_PORT"), env("BASALT_UNIXSOCKET")
	switch {
	case o.address != "":
	case port == "0" && socket != "":
		o.address = socket
	case port == "":
		o.address = "127.0.0.1:6379"
	default:
		o.address = "127.0.0.1:" + port
	}
	o.proxied = o.proxied || o.isProxied(strings.Fields(env("BASALT_PROXY_PROTOCOL")))
	return o, nil
}

// isUnix reports whether the address is the path of a Unix socket.
func (o *pingOptions) isUnix() bool { return strings.Contains(o.address, "/") }

// isProxied reports whether the words of proxy-protocol are about the address.
func (o *pingOptions) isProxied(words []string) bool {
	host, _, _ := net.SplitHostPort(o.address)
	for _, word := range words {
		word = strings.ToLower(strings.TrimPrefix(word, "-"))
		if o.isUnix() && word == "unixsocket" || !o.isUnix() && (word == "yes" || word == "*" || word == host) {
			return true
		}
	}
	return false
}

// ask asks the server. An error says what is wrong.
func (o *pingOptions) ask() error {
	network := "tcp"
	if o.isUnix() {
		network = "unix"
	}
	deadline := time.Now().Add(pingTimeout)
	conn, err := (&net.Dialer{Deadline: deadline}).Dial(network, o.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	var request []byte
	if o.proxied {
		request = append(request, "PROXY UNKNOWN\r\n"...)
	}
	if o.authenticates() {
		request = resp.AppendCommand(request, []byte("AUTH"), []byte(o.password))
	}
	if _, err := conn.Write(resp.AppendCommand(request, []byte("PING"))); err != nil {
		return err
	}
	return o.judge(bufio.NewReader(io.LimitReader(conn, pingLineMax)))
}

// authenticates reports whether the password is needed: a server that wants one
// lives.
func (o *pingOptions) authenticates() bool { return o.ready && o.password != "" }

// judge reads what the server answers.
func (o *pingOptions) judge(in *bufio.Reader) error {
	if o.authenticates() {
		line, err := readAnswer(in)
		if err != nil {
			return err
		}
		if line != "+OK" {
			return errors.New(line)
		}
	}
	line, err := readAnswer(in)
	if err == nil && o.ready && line != "+PONG" {
		err = errors.New(line)
	}
	return err
}

// readAnswer reads a status or an error; what else there is does not come from
// a server.
func readAnswer(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	switch {
	case err == io.EOF:
		return "", fmt.Errorf("the connection was closed behind %q", line)
	case err == nil && !strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "-"):
		return "", fmt.Errorf("this is no answer: %q", line)
	}
	return line, err
}
