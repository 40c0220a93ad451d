package server

import (
	"strconv"

	"basalt/db"
)

// fetchCollections starts loading what the staged commands of collections will
// look at: the values, then the elements of the large ones, then the ways
// through the trees of large sorted sets. Each pass finds in the cache what the
// one before it asked for.
func (x *executor) fetchCollections(n int) {
	window := x.window[:n]
	named := false
	for i := range window {
		if w := &window[i]; w.keyed && w.row.Collection {
			x.keys.DB(w.batch.conn.session.DB).PrefetchValue(w.hash)
			named = named || w.row.Element > 0
		}
	}
	if !named {
		return
	}
	var targets [windowSize]db.Target
	var of [windowSize]uint8 // the slot of a target
	count := 0
	for i := range window {
		w := &window[i]
		if !w.keyed || w.row.Element == 0 {
			continue
		}
		args := w.batch.cmds.Command(int(w.index))
		if w.row.Element >= len(args) {
			continue
		}
		t, ok := x.keys.DB(w.batch.conn.session.DB).Aim(w.hash, args[w.row.Element])
		if ok {
			targets[count], of[count] = t, uint8(i)
			count++
		}
	}
	for i := range targets[:count] {
		targets[i].Fetch()
	}
	var ways [2 * windowSize]db.Descent
	steps := 0
	for i := range targets[:count] {
		w := &window[of[i]]
		if !w.row.Ordered {
			continue
		}
		if way, ok := targets[i].Climb(); ok {
			ways[steps] = way
			steps++
		}
		if w.row.Score == 0 {
			continue
		}
		if score, ok := plainNumber(w.batch.cmds.Command(int(w.index))[w.row.Score]); ok {
			if way, ok := targets[i].Descend(score); ok {
				ways[steps] = way
				steps++
			}
		}
	}
	if steps > 1 {
		db.Walk(ways[:steps])
	}
}

// plainNumber reads a score, if it is written as most are: nothing is lost with
// the others but time.
func plainNumber(b []byte) (float64, bool) {
	if len(b) == 0 || b[0] > '9' || len(b) > 24 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			f, err := strconv.ParseFloat(string(b), 64)
			return f, err == nil
		}
		n = n*10 + int(c-'0')
	}
	return float64(n), len(b) <= 15
}
