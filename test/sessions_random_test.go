package test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// TestRandomSessions takes random steps on several connections, one after the
// other, of transactions, subscriptions, tracking and whatever concerns them,
// and compares after each one what every connection of both servers was sent.
func TestRandomSessions(t *testing.T) {
	t.Parallel()
	steps := 1500
	if testing.Short() || harness.RaceEnabled {
		steps = 500
	}
	for round := range 2 {
		t.Run(fmt.Sprint("round=", round), func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				args := []string{"--enable-debug-command", "yes", "--notify-keyspace-events", "KEA"}
				h := &sessions{
					t:   t,
					rng: rand.New(rand.NewPCG(seeds.Of(t), 2)),
				}
				servers := [2]*harness.Server{
					startRedis(t, harness.Options{Args: args}), startBasalt(t, threads, harness.Options{Args: args}),
				}
				for range sessionCount + 1 {
					s := &session{}
					for side, server := range servers {
						s.sides[side].c = dial(t, server)
						s.sides[side].id = clientID(t, s.sides[side].c)
						// What has expired stays until somebody looks at it.
						want(t, s.sides[side].c, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
					}
					h.all = append(h.all, s)
				}
				for range steps {
					if !h.step() {
						return
					}
				}
				if h.messages < steps/10 || h.refused < steps/400 || h.done < steps/200 {
					t.Errorf("%d messages, %d transactions done, %d refused", h.messages, h.done, h.refused)
				}
				t.Logf("%d messages, %d transactions done, %d refused", h.messages, h.done, h.refused)
			})
		})
	}
}

// sessionCount is how many connections take steps. One more listens, and empties
// all databases when one of the others turned tracking off: of what that one had
// read before it may be told or not when it turns it on again, so it had better
// be forgotten.
const sessionCount = 5

// sessions is one history.
type sessions struct {
	t      *testing.T
	rng    *rand.Rand
	all    []*session
	forget bool     // what was read, in the next step
	past   []string // what was done, for the message of a failure
	wrong  int
	stream int // the last entry of any stream

	messages, done, refused int // what the reference sent, and did of transactions
}

// session is a connection to each server, which is in the same state on both.
type session struct {
	sides [2]struct {
		c  *harness.Client
		id string
	}
	multi bool // between MULTI and EXEC, so that what is asked is queued
	ends  bool // the transaction has a command that turns tracking off
	mute  bool // refused to say anything, as RESP2's subscribers are
}

// step takes one step and compares what all connections got. False ends the
// history.
func (h *sessions) step() bool {
	number := h.rng.IntN(sessionCount)
	if h.forget {
		number = sessionCount
	}
	s := h.all[number]
	args := []string{"FLUSHALL"}
	if !h.forget {
		args = h.draw(s)
	}
	h.forget = s.untracks(args)
	h.past = append(h.past, fmt.Sprintf("  %d: %q", number, args))
	var got [2][]heard
	first := s.ask(h, args)
	for side := range s.sides {
		// Who took the step is asked twice: what is sent at the end of a turn may
		// come behind the reply to the first marker.
		own := append(first[side], s.heard(h, side)...)
		for _, other := range h.all {
			got[side] = append(got[side], listen(other.heard(h, side), args))
		}
		got[side][number] = listen(append(own, got[side][number].raw...), args)
	}
	if own := got[1][number]; own.early && !*self {
		h.fail("a message came before the reply to the command that sent it: %q", own.raw)
	}
	h.count(args, got[0])
	s.mute = strings.HasPrefix(strings.Join(got[0][number].replies, ""), "-ERR Can't execute")
	for i := range h.all {
		want, have := got[0][i], got[1][i]
		if !slices.Equal(want.replies, have.replies) || !slices.Equal(want.messages, have.messages) {
			h.fail("connection %d\n    want %q\n         %q\n    got  %q\n         %q",
				i, want.replies, want.messages, have.replies, have.messages)
		}
	}
	return h.wrong < differencesMax && !h.t.Failed()
}

// count says at the end that something was tried.
func (h *sessions) count(args []string, got []heard) {
	for _, heard := range got {
		h.messages += len(heard.messages)
		if args[0] == "EXEC" && len(heard.replies) > 0 {
			switch {
			case heard.replies[0] == "null", heard.replies[0] == "_":
				h.refused++
			case heard.replies[0][0] == '*':
				h.done++
			}
		}
	}
}

// named puts the numbers of the connections where args speak of them.
func (h *sessions) named(args []string, side int) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if n, ok := strings.CutPrefix(arg, "id of "); ok {
			out[i] = h.all[n[0]-'0'].sides[side].id
		}
	}
	return out
}

// untracks reports whether the step turns tracking off.
func (s *session) untracks(args []string) bool {
	off := args[0] == "RESET" || slices.Equal(args, []string{"CLIENT", "TRACKING", "OFF"})
	if s.multi {
		s.ends = s.ends || off
		off = args[0] == "RESET" || args[0] == "EXEC" && s.ends
	}
	if args[0] == "RESET" || args[0] == "EXEC" || args[0] == "DISCARD" {
		s.ends = false
	}
	return off
}

// ask sends the command and keeps in mind whether a transaction is open behind
// it, which decides what can be a marker: for MULTI it reads the reply, which it
// returns, to know.
func (s *session) ask(h *sessions, args []string) (read [2][]byte) {
	h.t.Helper()
	for side := range s.sides {
		if err := s.sides[side].c.Send(h.named(args, side)...); err != nil {
			h.t.Fatalf("%s: %v", h.story(), err)
		}
	}
	switch args[0] {
	case "MULTI":
		for side := range s.sides {
			read[side] = []byte(receive(h.t, s.sides[side].c))
		}
		if !bytes.Equal(read[0], read[1]) {
			h.t.Fatalf("%s: %q, want %q", h.story(), read[1], read[0])
		}
		s.multi = string(read[0]) == "+OK\r\n"
	case "EXEC", "DISCARD", "RESET":
		s.multi = false
	}
	return read
}

// nested is the marker of an open transaction: any other question would be
// queued, and this one has no effect.
const nested = "-ERR MULTI calls can not be nested\r\n"

// heard returns the bytes that the connection was sent up to the reply to a
// marker.
func (s *session) heard(h *sessions, side int) (raw []byte) {
	h.t.Helper()
	c, marker := s.sides[side].c, []string{"PING", "the end"}
	if s.multi {
		marker = []string{"MULTI"}
	}
	if err := c.Send(marker...); err != nil {
		h.t.Fatalf("%s: %v", h.story(), err)
	}
	for {
		frame, err := c.Receive()
		if err != nil {
			h.t.Fatalf("%s: after %q: %v", h.story(), raw, err)
		}
		if bytes.Contains(frame, []byte(marker[len(marker)-1])) && (!s.multi || string(frame) == nested) {
			return raw
		}
		raw = append(raw, frame...)
	}
}

func (h *sessions) fail(format string, args ...any) {
	h.t.Helper()
	h.wrong++
	h.t.Errorf("%s\n%s", h.story(), fmt.Sprintf(format, args...))
}

// story is what was done last.
func (h *sessions) story() string {
	return fmt.Sprintf("step %d, after\n%s", len(h.past), strings.Join(h.past[max(0, len(h.past)-40):], "\n"))
}
