package db

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestListOrder puts nodes between two others, and to the ends of lists whose
// numbers are near their bounds, until gaps are used up again and again, with a
// snapshot begun before, in different states.
func TestListOrder(t *testing.T) {
	const n = 300
	for _, shift := range []int64{0, orderMax - n*orderGap, orderMax - n*orderGap/2, -orderMax + 2*orderGap} {
		for steps := range 4 {
			rng := rand.New(rand.NewPCG(uint64(shift), uint64(steps)))
			k := New(1, modelEpoch)
			k.Limits.ListSize = 1
			d := k.DB(0)
			key, hash := []byte("list"), Hash([]byte("list"))
			e := d.NewList(key, hash)
			for i := range n {
				v := [][]byte{fmt.Append(nil, "element", i)}
				d.ListGrow(e, v)
				d.ListPush(e, v, false)
			}
			for node := nodeAt(e.list().head); node != nil; node = nodeAt(node.next) {
				// Half of them may be too far to the right: those stand close.
				if node.order += shift; node.order > orderMax-1000 {
					node.order = nodeAt(node.prev).order + 1
				}
			}
			want := copyOf(k)
			sink := newTestSink(func() bool { return true })
			if err := k.BeginSnapshot(sink); err != nil {
				t.Fatal(err)
			}
			for range steps * 6 {
				k.SnapshotStep(0)
			}
			for i := range 2000 {
				v := [][]byte{fmt.Append(nil, "new", i)}
				d.ListGrow(e, v)
				switch i % 5 {
				case 0:
					d.ListInsert(e, []byte("element150"), v[0], true)
				case 1:
					d.ListInsert(e, fmt.Append(nil, "element", rng.IntN(n)), v[0], false)
				case 2:
					d.ListSet(e, rng.IntN(e.ListLen()), v[0])
				case 3:
					d.ListPush(e, v, true)
				default:
					d.ListPush(e, v, false)
				}
			}
			k.checkInvariants()
			k.SnapshotStep(time.Hour)
			if diff := differences(sink.lines(k.now), want); diff != "" {
				t.Fatalf("shift %d: %.2000s", shift, diff)
			}
		}
	}
}
