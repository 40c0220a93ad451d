package test

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/test/harness"
)

// listener hears all events of a server.
type listener struct {
	t       *testing.T
	name    string
	server  *harness.Server
	control *harness.Client // runs the commands
	ear     *harness.Client
	blocked []*harness.Client
	marks   int
}

func newListener(t *testing.T, name string, s *harness.Server) *listener {
	l := &listener{t: t, name: name, server: s, control: dial(t, s), ear: dial(t, s)}
	do(t, l.control, "CONFIG", "SET", "notify-keyspace-events", "AKEmn")
	do(t, l.ear, "PSUBSCRIBE", "__key*", "mark")
	if _, err := l.ear.Receive(); err != nil {
		t.Fatal(err)
	}
	return l
}

// heard returns the events since the last call, as "channel message".
func (l *listener) heard() []string {
	l.t.Helper()
	l.marks++
	mark := strconv.Itoa(l.marks)
	do(l.t, l.control, "PUBLISH", "mark", mark)
	var events []string
	for {
		frame, err := l.ear.Receive()
		if err != nil {
			l.t.Fatalf("%s: %v", l.name, err)
		}
		words := strings.Split(string(frame), "\r\n")
		channel, text := words[6], words[8]
		if channel == "mark" && text == mark {
			return events
		}
		events = append(events, strings.TrimPrefix(channel, "__key")+" "+text)
	}
}

// do runs a line of the file.
func (l *listener) do(line string) {
	l.t.Helper()
	words := strings.Fields(strings.ReplaceAll(line, `""`, "\x00"))
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "\x00", "")
	}
	switch words[0] {
	case "in":
		do(l.t, l.control, "SELECT", words[1])
		do(l.t, l.control, words[2:]...)
		do(l.t, l.control, "SELECT", "0")
	case "sleep":
		ms, _ := strconv.Atoi(words[1])
		time.Sleep(time.Duration(ms) * time.Millisecond)
	case "debug":
		do(l.t, l.control, "DEBUG", "SET-ACTIVE-EXPIRE", words[1])
	case "restore", "restorettl", "restorepast":
		l.restore(words)
	case "block":
		c := dial(l.t, l.server)
		if err := c.Send(words[1:]...); err != nil {
			l.t.Fatal(err)
		}
		l.blocked = append(l.blocked, c)
		blockedClients(l.t, l.control, len(l.blocked))
	default:
		do(l.t, l.control, words...)
	}
}

// restore copies a key by its dump.
func (l *listener) restore(words []string) {
	payload := bulk(l.t, do(l.t, l.control, "DUMP", words[1]))
	ttl, more := "0", words[3:]
	switch words[0] {
	case "restorettl":
		ttl, more = words[3], words[4:]
	case "restorepast":
		ttl, more = "1", append([]string{"ABSTTL", "REPLACE"}, more...)
	}
	l.heard()
	do(l.t, l.control, append([]string{"RESTORE", words[2], ttl, payload}, more...)...)
}

func (l *listener) empty() {
	for _, c := range l.blocked {
		c.Close()
	}
	l.blocked = nil
	blockedClients(l.t, l.control, 0)
	do(l.t, l.control, "FLUSHALL")
	l.heard()
}

// TestEvents compares the events of many commands with the reference's.
func TestEvents(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/events.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	args := harness.Options{Args: []string{"--enable-debug-command", "yes"}}
	theirs := newListener(t, "redis-server", startRedis(t, args))
	ours := newListener(t, "basalt", startBasalt(t, 1, args))
	lines := bufio.NewScanner(file)
	var golden []string // nil where the reference is the judge
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "":
			theirs.empty()
			ours.empty()
			continue
		case line[0] == '#', line[0] == '!':
			continue
		case line[0] == '=':
			golden = append(make([]string, 0), strings.Split(strings.TrimSpace(line[1:]), ", ")...)
			if line == "=" {
				golden = golden[:0]
			}
			continue
		}
		theirs.do(line)
		ours.do(line)
		want, got := theirs.heard(), ours.heard()
		if golden != nil {
			want, golden = golden, nil
		}
		if !slices.Equal(got, want) {
			t.Errorf("line %d: %s\nwant %s\ngot  %s", n, line, fmt.Sprint(want), fmt.Sprint(got))
		}
	}
}

// TestEventsWithoutReplies: a client that turned its replies off while it is
// blocked hears of what its own command does when it is served.
func TestEventsWithoutReplies(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c, other := dial(t, s), dial(t, s)
		want(t, other, "+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "El")
		do(t, c, "HELLO", "3")
		do(t, c, "SUBSCRIBE", "__keyevent@0__:lpop")
		if err := c.Write(harness.AppendRequest(harness.AppendRequest(nil, "CLIENT", "REPLY", "OFF"), "BLPOP", "list", "0")); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "it to wait", func() bool { return strings.Contains(do(t, other, "INFO", "clients"), "\r\nblocked_clients:1\r\n") })
		want(t, other, ":1\r\n", "RPUSH", "list", "element")
		const event = ">3\r\n$7\r\nmessage\r\n$19\r\n__keyevent@0__:lpop\r\n$4\r\nlist\r\n"
		if got, err := c.Receive(); err != nil || string(got) != event {
			t.Errorf("%q %v", got, err)
		}
	})
}
