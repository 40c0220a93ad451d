package test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/test/harness"
)

// TestBroadcastToCrowd changes many keys at once under the eyes of many clients
// in BCAST mode, so that the message is long and shared: some in RESP3, some in
// RESP2 that are told in place of others, some that do not hear of what they
// change themselves, and some that leave in between.
func TestBroadcastToCrowd(t *testing.T) {
	t.Parallel()
	const crowd, keys, rounds = 24, 600, 8
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		admin := dial(t, s)
		set := []string{"MSET"}
		var names []string
		for i := range keys {
			name := fmt.Sprintf("foo:%06d", i)
			names = append(names, name)
			set = append(set, name, "v")
		}
		array := "*" + strconv.Itoa(keys) + "\r\n"
		for _, name := range names {
			array += fmt.Sprintf("$%d\r\n%s\r\n", len(name), name)
		}
		push := ">2\r\n$10\r\ninvalidate\r\n" + array
		message := "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n" + array
		told, quiet := map[*harness.Client]string{}, map[*harness.Client]bool{}
		var list, trackers []*harness.Client
		for i := range crowd {
			c := dial(t, s)
			if i%3 == 0 {
				id := integer(t, do(t, c, "CLIENT", "ID"))
				do(t, c, "SUBSCRIBE", "__redis__:invalidate")
				tracker := dial(t, s)
				trackers = append(trackers, tracker)
				want(t, tracker, "+OK\r\n", "CLIENT", "TRACKING", "on", "BCAST", "REDIRECT", id)
				told[c] = message
			} else {
				do(t, c, "HELLO", "3")
				args := []string{"CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "foo"}
				if i%3 == 2 {
					args = append(args, "NOLOOP")
					quiet[c] = true
				}
				want(t, c, "+OK\r\n", args...)
				told[c] = push
			}
			list = append(list, c)
		}
		hear := func(c *harness.Client) {
			got, err := c.Receive()
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != told[c] {
				t.Fatalf("told %.80q of %d bytes, want %.80q of %d", got, len(got), told[c], len(told[c]))
			}
		}
		for range rounds {
			want(t, admin, "+OK\r\n", set...)
			for _, c := range list {
				hear(c)
			}
			// One with NOLOOP changes the keys itself.
			loop := slices.IndexFunc(list, func(c *harness.Client) bool { return quiet[c] })
			want(t, list[loop], "+OK\r\n", set...)
			want(t, list[loop], "+PONG\r\n", "PING")
			for i, c := range list {
				if i != loop {
					hear(c)
				}
			}
			// One leaves with the message on its way.
			gone := list[len(list)-1]
			list = list[:len(list)-1]
			if err := admin.Send(set...); err != nil {
				t.Fatal(err)
			}
			gone.Close()
			if reply, err := admin.Receive(); err != nil || string(reply) != "+OK\r\n" {
				t.Fatal(string(reply), err)
			}
			for _, c := range list {
				hear(c)
			}
		}
		for _, c := range slices.Concat(list, trackers) {
			c.Close()
		}
		waitFor(t, "nothing is left of them", func() bool {
			return infoField(t, admin, "clients", "tracking_clients") == "0" &&
				infoField(t, admin, "stats", "tracking_total_prefixes") == "0" &&
				!strings.Contains(do(t, admin, "INFO", "memory"), "mem_arena_tracking")
		})
	})
}
