package server

import (
	"testing"

	"basalt/command"
)

// TestEffectsOfPath: what commands do is logged on every way that they are
// executed on, and what a client got that had to wait behind what served it.
func TestEffectsOfPath(t *testing.T) {
	p := newPipe(t)
	x := p.server.executor
	var log command.Log
	x.ctx.Log, x.ctx.Logging = &log, true
	logs := func(want string) {
		t.Helper()
		if got := string(log.Take()); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	ask := func(want string, args ...string) {
		t.Helper()
		p.reply(t, args...)
		logs(want)
	}
	const selects = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
	ask(selects+string(encode("SET", "a", "1")), "SET", "a", "1")
	ask("", "GET", "a")
	ask("", "DEL", "nothing")
	x.gate |= gateMonitors // the slow way
	ask(string(encode("DEL", "a")), "del", "a")
	x.gate &^= gateMonitors

	waits := &conn{reactor: p.conn.reactor, fd: -1}
	x.openSession(waits)
	waiting := &pipe{server: p.server, conn: waits}
	waiting.conn.in, waiting.conn.have = waiting.segment[:], copy(waiting.segment[:], encode("BLPOP", "l", "0"))
	if !waits.reactor.parse(waits) {
		t.Fatal("no command")
	}
	x.drain(waits.reactor)
	logs("")
	ask(string(encode("RPUSH", "l", "e"))+string(encode("LPOP", "l")), "RPUSH", "l", "e")

	x.keys.SetNow(1000)
	ask(string(encode("SET", "b", "1", "PXAT", "1500")), "PSETEX", "b", "500", "1")
	x.keys.SetNow(2000)
	ask(string(encode("DEL", "b")), "GET", "b")
}
