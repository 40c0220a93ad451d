package server

import "testing"

// TestCrewJudges: reactors get threads when the executor is busy for some periods
// in a row, and lose them when it could do what they do.
func TestCrewJudges(t *testing.T) {
	var c crew
	periods := func(together bool, share, commands float64) (n int) {
		t.Helper()
		c.periods = 0
		for n = 1; n <= 100; n++ {
			if c.judge(together, share, commands) {
				return n
			}
		}
		return 0
	}
	for _, step := range []struct {
		together        bool
		share, commands float64
		want            int // periods until there is a change, 0 for none
		what            string
	}{
		{true, 0.01, 0, 0, "an idle server"},
		{true, 0.89, 100_000, 0, "much to do"},
		{true, 0.95, 200_000, spreadPeriods, "too much to do"}, // 4.75 us a command
		{false, 2.5, 190_000, 0, "as much, which takes more now"},
		{false, 1.5, 120_000, recallPeriods, "less, which takes as much as ever"},
		{false, 0.3, 500_000, recallPeriods, "many that take little"},
		{false, 0.01, 0, recallPeriods, "nothing to do"},
		{true, 0.95, 1_000, spreadPeriods, "costly commands"},
		{false, 1.1, 1_000, 0, "as many of them"},
	} {
		if got := periods(step.together, step.share, step.commands); got != step.want {
			t.Errorf("%s: a change after %d periods, should be %d", step.what, got, step.want)
		}
	}

	// One period that is not busy begins the count anew.
	c = crew{}
	for i := range 50 {
		share := 0.99
		if i%spreadPeriods == 0 {
			share = 0.5
		}
		if c.judge(true, share, 1) {
			t.Fatal("a change without enough periods in a row")
		}
	}
}

// TestTakenBack: what the threads of the reactors left in the rings is executed when
// the executor takes them back, for no event tells of it.
func TestTakenBack(t *testing.T) {
	p := newPipe(t, "--io-threads", "2")
	x, r := p.server.executor, p.conn.reactor
	p.conn.flags |= connDead // its reply goes nowhere
	p.conn.in, p.conn.have = p.segment[:], copy(p.segment[:], encode("SET", "key", "value"))
	r.parse(p.conn)
	if err := x.takeBack(p.server.reactors); err != nil {
		t.Fatal(err)
	}
	if x.keys.Len() != 1 || r.fromExec.ring.Len() != 0 {
		t.Error("a command or its reply waits for an event")
	}
}
