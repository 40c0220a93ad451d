package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
	idleCount = 10_000
	// idleGoalBytes is of resident memory per idle connection: 10 MB for all.
	idleGoalBytes = 10_000_000 / idleCount
	// idlePause is longer than redis-server waits before it gives back the
	// buffers of a client that has fallen silent.
	idlePause = 3 * time.Second
	// spareFiles is what a process has open besides the connections.
	spareFiles = 200
)

// measureIdle weighs connections that do nothing.
func measureIdle(ctx context.Context, o options, p programs, rep *report) error {
	if !o.wanted("idle") {
		return nil
	}
	if err := raiseFileLimit(idleCount + spareFiles); err != nil {
		rep.leave("idle connections", err.Error())
		return nil
	}
	f := figure{name: "idle connection, RSS", unit: "bytes", goal: idleGoalBytes}
	for s := range servers {
		if err := ctx.Err(); err != nil {
			return err
		}
		grown, err := weighIdle(o, p, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		f.values[s] = []float64{float64(grown) / idleCount}
		progress("%-16s %-13s %.0f bytes", "idle connection", s, f.median(s))
	}
	rep.figures = append(rep.figures, f)
	return nil
}

// weighIdle returns the resident memory that idleCount connections cost a
// server that was just started.
func weighIdle(o options, p programs, s server) (grown int64, err error) {
	n, err := startNode(o, p, s, "--maxclients", strconv.Itoa(idleCount+spareFiles/2))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	// One that came and went, so that what the first costs is not counted.
	first, err := openIdle(n.address)
	if err != nil {
		return 0, err
	}
	first.Close()
	before, err := resident(n.process.Pid())
	if err != nil {
		return 0, err
	}
	closeAll, err := openAll(n.address)
	defer closeAll()
	if err != nil {
		return 0, err
	}
	time.Sleep(idlePause)
	connected, err := n.InfoInt("clients", "connected_clients")
	if err != nil {
		return 0, err
	}
	if connected < idleCount {
		return 0, fmt.Errorf("%d of %d clients connected", connected, idleCount)
	}
	after, err := resident(n.process.Pid())
	return after - before, err
}

// openAll opens the connections, and returns what closes those it could open.
func openAll(address string) (closeAll func(), err error) {
	conns := make([]net.Conn, 0, idleCount)
	closeAll = func() {
		for _, conn := range conns {
			conn.Close()
		}
	}
	for len(conns) < idleCount {
		conn, err := openIdle(address)
		if err != nil {
			return closeAll, err
		}
		conns = append(conns, conn)
	}
	return closeAll, nil
}

// openIdle opens a connection that was in use once: it has had what buffers a
// server gives to one.
func openIdle(address string) (net.Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	const answer = "+PONG\r\n"
	if _, err = io.WriteString(conn, "PING\r\n"); err == nil {
		_, err = io.ReadFull(conn, make([]byte, len(answer)))
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// raiseFileLimit lets this process and the servers it starts have count files
// open. Beyond the hard limit only root may go.
func raiseFileLimit(count uint64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	want := limit
	if uint64(want.Max) < count {
		want.Max = rlimit(count)
	}
	if uint64(want.Cur) < count {
		want.Cur = rlimit(count)
	}
	// Set even when it is high enough: Go raised it for itself alone and would
	// start the servers with what it found.
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &want); err != nil {
		return fmt.Errorf("open files are limited to %d", limit.Max)
	}
	return nil
}
