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
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		c, err := startBasalt(t, threads, harness.Options{}).Dial()
		if err != nil {
			t.Fatal(err)
		}
		do := func(line string) string {
			t.Helper()
			return do(t, c, strings.Fields(line)...)
		}
		const hashes = 20
		for i := range hashes {
			key := "h" + strconv.Itoa(i)
			do("HSET " + key + " a 1 b 2")
		}
		if got := do("DBSIZE"); got != ":20\r\n" {
			t.Fatalf("%q keys", got)
		}
		start := time.Now()
		for i := range hashes {
			do("HPEXPIRE h" + strconv.Itoa(i) + " " + strconv.Itoa(100+i) + " FIELDS 2 a b")
		}
		waitFor(t, "the keys to go with their fields", func() bool { return do("DBSIZE") == ":0\r\n" })
		if took := time.Since(start); took < (100+hashes-1-1)*time.Millisecond { // the server's clock has whole ms
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

// TestHScanUnderChange adds and removes fields while it scans: fields that stay
// are all seen.
func TestHScanUnderChange(t *testing.T) {
	t.Parallel()
	c, err := startBasalt(t, 1, harness.Options{}).Dial()
	if err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) string {
		t.Helper()
		return do(t, c, args...)
	}
	const stay, passing = 3000, 6000
	args := []string{"HSET", "h"}
	for i := range stay {
		args = append(args, "stay"+strconv.Itoa(i), "v")
	}
	do(args...)
	seen := map[string]bool{}
	for cursor, round := "0", 0; ; round++ {
		reply := do("HSCAN", "h", cursor, "COUNT", "20", "NOVALUES")
		words := strings.Split(reply, "\r\n")
		cursor = words[2]
		for _, word := range words[3:] {
			if strings.HasPrefix(word, "stay") {
				seen[word] = true
			}
		}
		if cursor == "0" {
			break
		}
		// The table grows to three times its size, and shrinks again.
		args := []string{"HSET", "h"}
		if round >= 40 {
			args[0] = "HDEL"
		}
		for i := range passing / 40 {
			args = append(args, "pass"+strconv.Itoa(round%40*(passing/40)+i))
			if round < 40 {
				args = append(args, "v")
			}
		}
		do(args...)
	}
	if len(seen) != stay {
		t.Errorf("%d of %d fields seen", len(seen), stay)
	}
}

// TestManyFieldsExpireAtOnce looks at a large hash, of which most fields expire
// in one millisecond, from that on: none of them is ever seen again.
func TestManyFieldsExpireAtOnce(t *testing.T) {
	t.Parallel()
	c, err := startBasalt(t, 1, harness.Options{}).Dial()
	if err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) string {
		t.Helper()
		return do(t, c, args...)
	}
	const fields, step = 100_000, 10_000
	at := time.Now().Add(700 * time.Millisecond)
	for i := 0; i < fields; i += step {
		args := []string{"HSETEX", "h", "PXAT", strconv.FormatInt(at.UnixMilli(), 10), "FIELDS", strconv.Itoa(step)}
		for k := range step {
			args = append(args, "f"+strconv.Itoa(i+k), "v")
		}
		do(args...)
	}
	do("HSET", "h", "last", "v")
	if got := do("HLEN", "h"); time.Now().Before(at) && got != ":100001\r\n" {
		t.Errorf("%q fields before the time", got)
	}
	time.Sleep(time.Until(at) + 2*time.Millisecond)
	for range 50 {
		if got := do("HLEN", "h"); got != ":1\r\n" {
			t.Fatalf("%q fields after the time", got)
		}
		if got := do("HGETALL", "h"); got != "*2\r\n$4\r\nlast\r\n$1\r\nv\r\n" {
			t.Fatalf("%.100q after the time", got)
		}
	}
}
