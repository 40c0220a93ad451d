package script

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"basalt/test/harness"
)

// Run is one run of a script.
type Run struct {
	Reference *harness.Server
	Basalt    *harness.Server
	Proto     string // "2" or "3"

	// Self says that both servers are the reference: what a script expects of
	// basalt alone is then not looked at. It shows that a script is
	// deterministic before anything is judged by it.
	Self bool

	// Failf is told of each difference. The run goes on after one, as the rest
	// of the script may have more.
	Failf func(format string, args ...any)
}

// pair is one connection to each server.
type pair struct {
	reference, basalt *harness.Client
	ids               [2]string // what CLIENT ID says of each, if the script asks for it
}

// failuresMax ends a run that only repeats itself.
const failuresMax = 25

// Do runs the script. An error ends it: a connection broke where none should.
func (r *Run) Do(s *Script) error {
	pairs := map[string]*pair{}
	defer func() {
		for _, p := range pairs {
			p.close()
		}
	}()
	name, failures := "", 0
	for _, st := range s.steps {
		if st.verb == connection {
			name = st.args[0]
			continue
		}
		p := pairs[name]
		if p == nil {
			var err error
			if p, err = r.open(s.ids); err != nil {
				return fmt.Errorf("%s:%d: %w", s.Name, st.line, err)
			}
			pairs[name] = p
		}
		difference, err := r.step(p, st, named(pairs, st.args))
		if err != nil {
			return fmt.Errorf("%s:%d: %q: %w\nthe server printed:\n%s", s.Name, st.line, cut(st.args), err, r.Basalt.Output())
		}
		if difference != "" {
			r.Failf("%s:%d: RESP%s: %q\n%s", s.Name, st.line, r.Proto, cut(st.args), difference)
			if failures++; failures == failuresMax {
				return fmt.Errorf("%s: more than %d differences", s.Name, failuresMax)
			}
		}
		if st.verb == closed {
			p.close()
			delete(pairs, name)
		}
	}
	return nil
}

func (p *pair) close() {
	p.reference.Close()
	p.basalt.Close()
}

// named gives each server the numbers of its own connections.
func named(pairs map[string]*pair, args []string) (each [2][]string) {
	for side := range each {
		for _, arg := range args {
			each[side] = append(each[side], identity.ReplaceAllStringFunc(arg, func(match string) string {
				if p := pairs[identity.FindStringSubmatch(match)[1]]; p != nil {
					return p.ids[side]
				}
				return match
			}))
		}
	}
	return each
}

func (r *Run) open(ids bool) (*pair, error) {
	var p pair
	for i, side := range []struct {
		server *harness.Server
		client **harness.Client
	}{{r.Reference, &p.reference}, {r.Basalt, &p.basalt}} {
		c, err := side.server.Dial()
		if err != nil {
			return nil, err
		}
		if r.Proto == "3" {
			if _, err := c.Do("HELLO", "3"); err != nil {
				return nil, err
			}
		}
		if ids {
			id, err := c.Do("CLIENT", "ID")
			if err != nil {
				return nil, err
			}
			p.ids[i] = strings.Trim(string(id), ":\r\n")
		}
		*side.client = c
	}
	return &p, nil
}

// step does one step, whose arguments each server is given in its own form, and
// returns the difference it found, or nothing.
func (r *Run) step(p *pair, st step, args [2][]string) (string, error) {
	switch st.verb {
	case send:
		return "", p.send(args)
	case raw:
		return "", p.both(func(c *harness.Client) error { return c.Write([]byte(st.args[0])) })
	case closed:
		var rest [2][]byte
		i := 0
		err := p.both(func(c *harness.Client) (err error) {
			rest[i], err = c.Rest()
			i++
			return err
		})
		if err == nil && !bytes.Equal(rest[0], rest[1]) {
			return fmt.Sprintf("before closing, want %q\n                got  %q", rest[0], rest[1]), nil
		}
		return "", err
	case pushes:
		return r.pushes(p, st)
	case wait:
		return "", r.wait(p, st, args)
	case askRedis:
		_, err := p.reference.Do(args[0]...)
		return "", err
	case askBasalt:
		if r.Self {
			return "", nil
		}
		got, err := p.basalt.Do(args[1]...)
		if err != nil {
			return "", err
		}
		return r.judge(st, nil, got), nil
	}
	if st.verb == ask {
		if err := p.send(args); err != nil {
			return "", err
		}
	}
	return r.recv(p, st)
}

// recv reads a reply of both and compares.
func (r *Run) recv(p *pair, st step) (string, error) {
	want, err := p.reference.Receive()
	if err != nil {
		return "", fmt.Errorf("the reference: %w", err)
	}
	got, err := p.basalt.Receive()
	if err != nil {
		return "", fmt.Errorf("want %s, got no reply: %w (%q)", Text(want), err, got)
	}
	return r.judge(st, want, got), nil
}

// marker is what a PING says whose reply ends what was pushed.
const marker = "the end of the pushes"

// pushes compares all that comes before the reply to a PING, as one array.
func (r *Run) pushes(p *pair, st step) (string, error) {
	want, err := drain(p.reference)
	if err != nil {
		return "", fmt.Errorf("the reference: %w", err)
	}
	got, err := drain(p.basalt)
	if err != nil {
		return "", fmt.Errorf("want %s: %w", Text(want), err)
	}
	return r.judge(st, want, got), nil
}

// drain asks for the marker and returns what comes before it. A server takes a
// client's commands in order and pushes what it has to say to a client before
// it takes the next one, so that nothing is still on its way.
func drain(c *harness.Client) ([]byte, error) {
	if err := c.Send("PING", marker); err != nil {
		return nil, err
	}
	var frames []byte
	for n := 0; ; n++ {
		frame, err := c.Receive()
		if err != nil {
			return nil, fmt.Errorf("after %q: %w", frames, err)
		}
		if found := bytes.Contains(frame, []byte(marker)); found && frame[0] == '+' {
			n-- // a monitor, which is shown the PING too, behind its reply
			continue
		} else if found {
			return append(fmt.Appendf(nil, "*%d\r\n", n), frames...), nil
		}
		frames = append(frames, frame...)
	}
}

// judge compares with the golden reply where there is one, else with the
// reference's.
func (r *Run) judge(st step, want, got []byte) string {
	golden, ok := st.golden[r.Proto]
	if !ok {
		golden, ok = st.golden[""]
	}
	if !ok || r.Self {
		if st.compare.Exact() {
			if bytes.Equal(want, got) {
				return ""
			}
			return differ(Text(want), Text(got))
		}
		if equal, w, g := st.compare.Equal(want, got); !equal {
			return differ(w, g)
		}
		return ""
	}
	n, err := parse(got)
	if err != nil {
		return err.Error()
	}
	for _, fn := range st.compare.norms {
		n = fn(n)
	}
	if n.String() != golden {
		return differ(golden, n.String())
	}
	if want != nil && st.compare.Exact() && bytes.Equal(want, got) {
		return fmt.Sprintf("declared to differ (%s), but the reference says the same: %s", st.reason, golden)
	}
	return ""
}

// wait asks both until each gives the golden reply.
func (r *Run) wait(p *pair, st step, args [2][]string) error {
	golden, ok := st.golden[r.Proto]
	if !ok {
		golden = st.golden[""]
	}
	side := 0
	return p.both(func(c *harness.Client) error {
		asked, last := args[side], ""
		side++
		for deadline := time.Now().Add(harness.Patience); time.Now().Before(deadline); {
			reply, err := c.Do(asked...)
			if err != nil {
				return err
			}
			n, err := parse(reply)
			if err != nil {
				return err
			}
			for _, fn := range st.compare.norms {
				n = fn(n)
			}
			if last = n.String(); last == golden {
				return nil
			}
			time.Sleep(3 * time.Millisecond)
		}
		return fmt.Errorf("waited for %s, it stays %s", golden, last)
	})
}

func (p *pair) send(args [2][]string) error {
	if err := p.reference.Send(args[0]...); err != nil {
		return fmt.Errorf("the reference: %w", err)
	}
	return p.basalt.Send(args[1]...)
}

func (p *pair) both(do func(*harness.Client) error) error {
	if err := do(p.reference); err != nil {
		return fmt.Errorf("the reference: %w", err)
	}
	return do(p.basalt)
}

func differ(want, got string) string { return fmt.Sprintf("    want %s\n    got  %s", want, got) }

// cut shortens long arguments for a message.
func cut(args []string) []string {
	var out []string
	for i, arg := range args {
		if i == 12 {
			return append(out, fmt.Sprintf("... %d in all", len(args)))
		}
		if len(arg) > 80 {
			arg = fmt.Sprintf("%s...(%d bytes)", arg[:40], len(arg))
		}
		out = append(out, arg)
	}
	return out
}
