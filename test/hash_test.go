package test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/test/harness"
)

// TestFieldsExpireOnTime sets deadlines of many fields and looks at the server
// from a connection that names no key, so that nothing is expired for being
// looked at.
func TestFieldsExpireOnTime(t *testing.T) {
	inModes(t, func(t *testing.T, threads int) {
		c, err := startBasalt(t, threads, harness.Options{}).Dial()
		if err != nil {
			t.Fatal(err)
		}
		do := func(line string) string {
			t.Helper()
			reply, err := c.Do(strings.Fields(line)...)
			if err != nil {
				t.Fatal(err)
			}
			return string(reply)
		}
		const hashes = 20
		for i := range hashes {
			key := "h" + strconv.Itoa(i)
			do("HSET " + key + " a 1 b 2")
			do("HPEXPIRE " + key + " " + strconv.Itoa(100+i) + " FIELDS 2 a b")
		}
		if got := do("DBSIZE"); got != ":20\r\n" {
			t.Fatalf("%q keys", got)
		}
		start := time.Now()
		waitFor(t, "the keys to go with their fields", func() bool { return do("DBSIZE") == ":0\r\n" })
		if took := time.Since(start); took < 60*time.Millisecond {
			t.Errorf("gone after %v already", took)
		}
		do("HSET h a 1 b 2")
		do("HPEXPIRE h 30 FIELDS 1 a")
		do("CLIENT PAUSE 60 WRITE")
		time.Sleep(40 * time.Millisecond)
		if got := do("HGETALL h"); got != "*2\r\n$1\r\nb\r\n$1\r\n2\r\n" {
			t.Errorf("during a pause: %q", got)
		}
		if got := do("HSET h c 3"); got != ":1\r\n" {
			t.Errorf("after the pause: %q", got)
		}
		if got := do("HLEN h"); got != ":2\r\n" {
			t.Errorf("after the pause: %q", got)
		}
	})
}
