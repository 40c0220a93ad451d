package db

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestWalk goes ways through a large sorted set: each ends where it should, and
// nothing of the set changes.
func TestWalk(t *testing.T) {
	k := New(1, 1)
	d, key := k.DB(0), []byte("z")
	hash := Hash(key)
	const members = 3 * treeDeep
	e := d.ZCreate(key, hash, members, 10)
	name := func(i int) []byte { return fmt.Appendf(nil, "member:%d", i) }
	for i := range members {
		d.ZAdd(e, float64(i), name(i), 0)
	}
	before := zsetAt(*e.slot()).order.root
	var ways []Descent
	for range 16 {
		i := rand.IntN(members)
		target, ok := d.Aim(hash, name(i))
		if !ok {
			t.Fatal("no target in a large sorted set")
		}
		target.Fetch()
		if up, ok := target.Climb(); ok { // it may lie in an overflow bucket
			ways = append(ways, up)
		}
		down, ok := target.Descend(float64(i) + 0.5)
		if !ok {
			t.Fatalf("no way down to %d", i)
		}
		ways = append(ways, down)
	}
	ends := make([]Descent, len(ways))
	for i := range ways {
		one := ways[i : i+1 : i+1]
		copied := []Descent{one[0]}
		Walk(copied)
		ends[i] = copied[0]
		if one[0].up && ends[i].at != before {
			t.Errorf("way %d up ended below the root", i)
		}
		if n := scoredAt(ends[i].at); !one[0].up && n.score != one[0].score-0.5 && n.score != one[0].score+0.5 {
			t.Errorf("way to %v ended at %v", one[0].score, n.score)
		}
	}
	Walk(ways)
	k.checkInvariants()
	if _, ok := d.Aim(Hash([]byte("none")), name(1)); ok {
		t.Error("a target in no key")
	}
}

// TestAimSmall says that packed collections and other values are no targets.
func TestAimSmall(t *testing.T) {
	k := New(1, 1)
	d, key := k.DB(0), []byte("s")
	hash := Hash(key)
	d.SetAdd(key, hash, nil, [][]byte{[]byte("a"), []byte("b")})
	if _, ok := d.Aim(hash, []byte("a")); ok {
		t.Error("a packed set is a target")
	}
}
