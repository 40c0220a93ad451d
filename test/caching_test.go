package test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"basalt/test/harness"
)

// line is what a connection, named by a letter, asks, or "" for what it receives
// unasked; $a stands for the id of a. ours is the reply where the reference is
// not the judge, and why says why.
type line struct{ who, ask, ours, why string }

const (
	keyPush    = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
	allPush    = ">2\r\n$10\r\ninvalidate\r\n_\r\n"
	allMessage = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n"
	behind     = "since 7.2 pushes to the client whose command runs come behind its reply"
	nullOfIt   = "the null is that of the protocol of who receives it"
)

// redirected is clients that are told of changes in place of others.
var redirected = []line{
	{who: "c", ask: "PING"}, {who: "d", ask: "PING"},
	{who: "a", ask: "CLIENT TRACKING on REDIRECT $a REDIRECT $a"},
	{who: "a", ask: "CLIENT TRACKING on REDIRECT $c"},
	{who: "a", ask: "CLIENT TRACKINGINFO"}, {who: "a", ask: "CLIENT GETREDIR"},
	// Nobody hears of it: the other speaks RESP2 and does not subscribe.
	{who: "a", ask: "GET k"}, {who: "b", ask: "SET k 1"}, {who: "c", ask: "PING"},
	{who: "c", ask: "HELLO 3"},
	{who: "a", ask: "GET k"}, {who: "b", ask: "SET k 2"}, {who: "c", ask: ""},
	// The caller's own change, and that of the one who is told.
	{who: "a", ask: "GET k"}, {who: "a", ask: "SET k 3"}, {who: "c", ask: ""},
	{who: "a", ask: "GET k"}, {who: "c", ask: "SET k 4", ours: "+OK\r\n", why: behind}, {who: "c", ask: "", ours: keyPush, why: behind},
	{who: "a", ask: "GET k"}, {who: "b", ask: "FLUSHALL"}, {who: "c", ask: "", ours: allPush, why: nullOfIt},
	// A third one, in BCAST mode.
	{who: "b", ask: "HELLO 3"}, {who: "b", ask: "CLIENT TRACKING on BCAST PREFIX p REDIRECT $c"},
	{who: "a", ask: "SET p1 1"}, {who: "c", ask: ""}, {who: "a", ask: "MSET p2 1 q 2 p3 1"}, {who: "c", ask: ""},
	{who: "b", ask: "CLIENT TRACKING off"},
	{who: "a", ask: "CLIENT INFO"}, {who: "b", ask: "CLIENT INFO"},
	// It goes away.
	{who: "a", ask: "GET k"}, {who: "a", ask: "GET l"}, {who: "c", ask: "QUIT"},
	{who: "b", ask: "SET k 5"}, {who: "a", ask: "CLIENT TRACKINGINFO"}, {who: "a", ask: "CLIENT INFO"},
	{who: "a", ask: "CLIENT TRACKING on REDIRECT $c"},
	{who: "a", ask: "HELLO 3"}, {who: "b", ask: "SET l 6"}, {who: "a", ask: ""},
	{who: "a", ask: "GET k"}, {who: "a", ask: "SET k 7"}, {who: "a", ask: ""},
	{who: "a", ask: "CLIENT TRACKING on"}, {who: "a", ask: "CLIENT TRACKINGINFO"},
	{who: "a", ask: "GET k"}, {who: "b", ask: "SET k 7"}, {who: "a", ask: ""},
	// It speaks RESP2 and subscribes.
	{who: "d", ask: "SUBSCRIBE __redis__:invalidate"}, {who: "a", ask: "CLIENT TRACKING on REDIRECT $d"},
	{who: "a", ask: "GET k"}, {who: "b", ask: "SET k 8"}, {who: "d"},
	{who: "a", ask: "GET k"}, {who: "a", ask: "SET k 9"}, {who: "d"},
	{who: "a", ask: "FLUSHALL"}, {who: "d", ours: allMessage, why: nullOfIt},
	{who: "b", ask: "CLIENT TRACKING on BCAST PREFIX p REDIRECT $d"},
	{who: "a", ask: "MSET p2 1 q 2 p3 1"}, {who: "d"},
	{who: "b", ask: "CLIENT TRACKING off"},
	{who: "d", ask: "UNSUBSCRIBE"}, {who: "a", ask: "GET k"}, {who: "b", ask: "SET k 8"}, {who: "d", ask: "PING"},
	{who: "a", ask: "RESET"}, {who: "a", ask: "CLIENT TRACKINGINFO"},
}

// TestTrackingRedirect compares with the reference what is said to whom.
func TestTrackingRedirect(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		want := converse(t, startRedis(t, harness.Options{}), redirected)
		got := converse(t, startBasalt(t, threads, harness.Options{}), redirected)
		for i := range want {
			l := redirected[i]
			if l.why != "" && !*self {
				if want[i] == l.ours {
					t.Errorf("%d, %v: declared to differ, but the reference says the same", i, l)
				}
				want[i] = l.ours
			}
			if got[i] != want[i] && !strings.HasPrefix(l.ask, "HELLO") {
				t.Errorf("%d, %v\nwant %q\ngot  %q", i, l, want[i], got[i])
			}
		}
	})
}

// infoTracking finds what a line of CLIENT LIST says of client side caching.
var infoTracking = regexp.MustCompile(`\bflags=(\w+) .*\bredir=(-?\d+) `)

var trackingBytes = regexp.MustCompile(`mem_arena_tracking:(\d+)`)

// converse returns what was received at each step, ids replaced with letters.
func converse(t *testing.T, s *harness.Server, steps []line) []string {
	t.Helper()
	clients, ids := map[string]*harness.Client{}, map[string]string{}
	var got []string
	for i, step := range steps {
		c := clients[step.who]
		if c == nil {
			c = dial(t, s)
			clients[step.who] = c
			ids[step.who] = strings.TrimSpace(do(t, c, "CLIENT", "ID")[1:])
		}
		text := step.ask
		for name, id := range ids {
			text = strings.ReplaceAll(text, "$"+name, id)
		}
		if text != "" {
			if err := c.Send(strings.Fields(text)...); err != nil {
				t.Fatalf("%d, %v: %v", i, step, err)
			}
		}
		reply, err := c.Receive()
		if err != nil {
			t.Fatalf("%d, %v: %v", i, step, err)
		}
		r := string(reply)
		for name, id := range ids {
			r = strings.ReplaceAll(r, ":"+id+"\r\n", ":$"+name+"\r\n")
		}
		if m := infoTracking.FindStringSubmatch(r); m != nil {
			r = "flags=" + m[1] + " redir=" + m[2]
			for name, id := range ids {
				r = strings.Replace(r, "redir="+id, "redir=$"+name, 1)
			}
		}
		got = append(got, r)
		if step.ask == "QUIT" {
			// The reply comes before the server has forgotten the client.
			waitFor(t, "the client is gone", func() bool {
				return !strings.Contains(do(t, clients["b"], "CLIENT", "LIST"), "id="+ids[step.who]+" ")
			})
		}
	}
	return got
}

// TestTrackedKeysMemory reads many keys, and looks at what remembering them
// takes and whether it is given back.
func TestTrackedKeysMemory(t *testing.T) {
	t.Parallel()
	const count, batch = 100000, 1000
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		admin := dial(t, s)
		tracked := func() int64 { return infoNumber(t, admin, "stats", "tracking_total_keys") }
		used := func() int64 {
			m := trackingBytes.FindStringSubmatch(do(t, admin, "INFO", "memory"))
			if m == nil {
				return 0
			}
			n, _ := strconv.ParseInt(m[1], 10, 64)
			return n
		}
		reader := dial(t, s)
		want(t, reader, "+OK\r\n", "CLIENT", "TRACKING", "on")
		read := func(c *harness.Client) {
			for from := 0; from < count; from += batch {
				args := []string{"MGET"}
				for i := range batch {
					args = append(args, fmt.Sprintf("key:%012d", from+i))
				}
				do(t, c, args...)
			}
		}
		gone := func(what string) {
			waitFor(t, what, func() bool { return tracked() == 0 && used() == 0 })
		}
		read(reader)
		if n := tracked(); n != count {
			t.Errorf("%d keys are tracked, of %d", n, count)
		}
		per := float64(used()) / count
		t.Logf("%.1f bytes for a tracked key of 16", per)
		if per > 45 {
			t.Errorf("%.1f bytes for a tracked key of 16", per)
		}
		second := dial(t, s)
		want(t, second, "+OK\r\n", "CLIENT", "TRACKING", "on")
		read(second)
		if n := infoNumber(t, admin, "stats", "tracking_total_items"); n != 2*count {
			t.Errorf("%d items of %d", n, 2*count)
		}
		want(t, admin, "+OK\r\n", "CONFIG", "SET", "tracking-table-max-keys", strconv.Itoa(count/2))
		waitFor(t, "the limit", func() bool { return tracked() == count/2 })
		read(second)
		if n := tracked(); n > count/2 {
			t.Errorf("%d keys beyond the limit", n-count/2)
		}
		want(t, admin, "+OK\r\n", "FLUSHALL")
		gone("FLUSHALL gives all back")
		read(reader)
		second.Close()
		want(t, reader, "+OK\r\n", "CLIENT", "TRACKING", "off")
		gone("what nobody tracks is given back")
	})
}
