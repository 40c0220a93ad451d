package test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/test/harness"
)

// subscribe makes a connection that receives what is published on channels.
func subscribe(t *testing.T, s *harness.Server, channels ...string) *harness.Client {
	t.Helper()
	c := dial(t, s)
	if err := c.Send(append([]string{"SUBSCRIBE"}, channels...)...); err != nil {
		t.Fatal(err)
	}
	for range channels {
		if _, err := c.Receive(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// TestSlowSubscriber: a subscriber that does not read is cut off at the limit of
// its class, hard or soft, and nobody else feels it.
func TestSlowSubscriber(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{"pubsub 1mb 0 0", "pubsub 0 1mb 1"} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				s := startBasalt(t, threads, harness.Options{})
				other := dial(t, s)
				want(t, other, "+OK\r\n", "CONFIG", "SET", "client-output-buffer-limit", limit+" normal 1kb 0 0")
				subscribe(t, s, "news") // reads nothing
				reader := subscribe(t, s, "news")
				const count, size = 40, 500_000
				text := strings.Repeat("x", size)
				for i := range count {
					do(t, other, "PUBLISH", "news", text)
					if err := receiveMessage(reader, "news", text); err != nil {
						t.Fatalf("message %d: %v", i, err)
					}
				}
				waitFor(t, "the slow one to be cut off", func() bool {
					return do(t, other, "PUBSUB", "NUMSUB", "news") == "*2\r\n$4\r\nnews\r\n:1\r\n"
				})
				if n := infoNumber(t, other, "stats", "client_output_buffer_limit_disconnections"); n != 1 {
					t.Errorf("%d disconnections counted", n)
				}
			})
		})
	}
}

func receiveMessage(c *harness.Client, channel, text string) error {
	want := fmt.Sprintf("*3\r\n$7\r\nmessage\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(channel), channel, len(text), text)
	frame, err := c.Receive()
	if err == nil && string(frame) != want {
		err = fmt.Errorf("%.80q came", frame)
	}
	return err
}

// TestOrderOfMessages: each of many subscribers gets the messages of a publisher
// in their order, whoever else publishes.
func TestOrderOfMessages(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		const publishers, receivers, count = 4, 30, 500
		failures := make(chan error, receivers+publishers)
		for range receivers {
			c := subscribe(t, s, "news")
			go func() { failures <- checkOrder(c, publishers, count) }()
		}
		for p := range publishers {
			c := dial(t, s)
			go func() {
				var burst []byte
				for i := range count {
					burst = harness.AppendRequest(burst, "PUBLISH", "news", fmt.Sprintf("%d %06d", p, i))
				}
				err := c.Write(burst)
				for i := 0; i < count && err == nil; i++ {
					_, err = c.Receive()
				}
				failures <- err
			}()
		}
		for range receivers + publishers {
			if err := <-failures; err != nil {
				t.Error(err)
			}
		}
	})
}

func checkOrder(c *harness.Client, publishers, count int) error {
	next := make([]int, publishers)
	for range publishers * count {
		frame, err := c.Receive()
		if err != nil {
			return err
		}
		words := strings.Fields(strings.Split(string(frame), "\r\n")[6])
		p, _ := strconv.Atoi(words[0])
		i, _ := strconv.Atoi(words[1])
		if i != next[p] {
			return fmt.Errorf("message %d of publisher %d came where %d was due", i, p, next[p])
		}
		next[p]++
	}
	return nil
}

// TestSubscribersAreNotIdle: the timeout is for clients that could say
// something.
func TestSubscribersAreNotIdle(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Args: []string{"--timeout", "1"}})
	listener, idle := subscribe(t, s, "news"), dial(t, s)
	expectClosed(t, idle)
	want(t, dial(t, s), ":1\r\n", "PUBLISH", "news", "x")
	if _, err := listener.Receive(); err != nil {
		t.Error(err)
	}
}

// TestExpiredIsTimely: the event of a key that expires comes when its time is
// up, however many other keys have a deadline.
func TestExpiredIsTimely(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Args: []string{"--notify-keyspace-events", "Ex"}})
	c, ear := dial(t, s), subscribe(t, s, "__keyevent@0__:expired")
	const others, soon = 200_000, 200
	var fill []byte
	for i := range others {
		fill = harness.AppendRequest(fill, "SET", "other:"+strconv.Itoa(i), "v", "EX", strconv.Itoa(100+i%5000))
	}
	go c.Write(fill)
	for range others {
		if _, err := c.Receive(); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now().Add(300 * time.Millisecond)
	for i := range soon {
		due := begin.Add(time.Duration(i*5) * time.Millisecond)
		do(t, c, "SET", strconv.FormatInt(due.UnixMilli(), 10), "v", "PXAT", strconv.FormatInt(due.UnixMilli(), 10))
	}
	// By the server's clock: what was due two rounds ago is gone.
	var before, last int64
	for left := soon; left > 0; {
		words := strings.Split(do(t, c, "TIME"), "\r\n")
		now, _ := strconv.ParseInt(words[2]+fmt.Sprintf("%06s", words[4])[:3], 10, 64)
		left = int(dbSize(t, c)) - others
		most := soon - max(0, min(soon, int((before-begin.UnixMilli())/5)))
		if before != 0 && left > most {
			t.Fatalf("%d keys are there of %d that are not due", left, most)
		}
		before, last = last, now
	}
	var late []time.Duration
	for range soon {
		frame, err := ear.Receive()
		if err != nil {
			t.Fatal(err)
		}
		due, _ := strconv.ParseInt(strings.Split(string(frame), "\r\n")[6], 10, 64)
		late = append(late, time.Since(time.UnixMilli(due)))
	}
	slices.Sort(late)
	if late[0] < 0 {
		t.Errorf("one came %v too early", -late[0])
	}
}
