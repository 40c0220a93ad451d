package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"text/tabwriter"
	"time"

	"basalt/bench/client"
	"basalt/bench/load"
	"basalt/bench/prober"
	"basalt/test/harness"
)

// collections are what is dropped as a whole, by the command that adds an
// element; its number stands behind the word that ends in a colon.
var collections = []struct {
	name  string
	words []string
}{
	{"set", []string{"SADD", dropKey, "member:"}},
	{"hash", []string{"HSET", dropKey, "field:", "value"}},
	{"zset", []string{"ZADD", dropKey, "1", "member:"}},
	{"list", []string{"RPUSH", dropKey, "element:"}},
	{"stream", []string{"XADD", dropKey, "*", "field", "value:"}},
}

const (
	dropKey = "large"
	// dropAfter is how far into a probe the collection goes, dropProbe how long
	// the probe is.
	dropAfter = 300 * time.Millisecond
	dropProbe = 2 * time.Second
)

// runDrops shows what a client waits while a collection of o.drop elements is
// deleted and while it expires.
func runDrops(ctx context.Context, o options, table *tabwriter.Writer, name, path string) error {
	path, err := exec.LookPath(path)
	if err != nil {
		return err
	}
	s, err := harness.Start(harness.Options{Binary: path, TCP: true, Port: o.port, Args: []string{"--io-threads", "1"}})
	if err != nil {
		return err
	}
	err = dropAll(ctx, o, table, name, s)
	return errors.Join(err, s.Stop())
}

func dropAll(ctx context.Context, o options, table *tabwriter.Writer, name string, s *harness.Server) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
	c, err := client.Dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := prober.Open(net.IPv4(127, 0, 0, 1), s.Port, s.Pid())
	if err != nil {
		return err
	}
	defer p.Close()
	for _, x := range collections {
		for _, drop := range [][]string{{"DEL", dropKey}, {"PEXPIRE", dropKey, "1"}} {
			if err := load.Fill(address, o.drop, elements(x.words)); err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			quiet, err := p.Probe(ctx, dropProbe, nil)
			if err != nil {
				return err
			}
			done := make(chan error, 1)
			go func() {
				time.Sleep(dropAfter)
				_, err := c.Do(drop...)
				done <- err
			}()
			dropped, err := p.Probe(ctx, dropProbe, nil)
			if err = errors.Join(err, <-done); err != nil {
				return err
			}
			writeRow(table, name, 0, "none", quiet)
			writeRow(table, name, 0, drop[0]+" "+x.name, dropped)
		}
	}
	return nil
}

// elements returns the queue function that adds them.
func elements(words []string) func(c *client.Conn, i int) {
	args := make([][]byte, len(words))
	for k, word := range words {
		args[k] = []byte(word)
	}
	number := 0
	for k, word := range words {
		if word[len(word)-1] == ':' {
			number = k
		}
	}
	prefix := len(args[number])
	return func(c *client.Conn, i int) {
		args[number] = load.AppendNumber(args[number][:prefix], uint64(i), 9)
		c.Queue(args...)
	}
}
