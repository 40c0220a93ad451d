package wheel

import "fmt"

func must(cond bool, format string, args ...any) {
	if !cond {
		panic("BUG: wheel: " + fmt.Sprintf(format, args...))
	}
}

// checkInvariants walks all lists and stops at anything that does not agree.
// far is the number of nodes that stand outside of the wheel.
func (w *Wheel) checkInvariants(far int) {
	if w.lists == nil {
		must(w.count == far, "%d nodes, %d of them outside, and no lists", w.count, far)
		return
	}
	linked := 0
	for i := range uint64(listCount) {
		head := &w.lists[i]
		if i < dueList {
			bit := w.occupied[i/slotCount] >> (i % slotCount) & 1
			must((bit != 0) == !head.isEmpty(), "level %d slot %d: bit %d", i/slotCount, i%slotCount, bit)
		}
		must(head.next().prev() == head, "list %d: broken at its head", i)
		for n := head.next(); n != head; n = n.next() {
			linked++
			must(linked <= w.count, "more nodes than %d", w.count)
			must(n.isLinked(), "list %d: broken links", i)
			must(!n.isFar(), "list %d: node of year 6429", i)
			d := n.Deadline()
			switch {
			case i == dueList:
				must(d <= int64(w.now), "deadline %d due at %d", d, w.now)
			case i < dueList:
				must(d > int64(w.now), "deadline %d in a slot at %d", d, w.now)
				level := levelOf(uint64(d) ^ w.now)
				slot := uint64(d) >> (level * digitBits) % slotCount
				must(i == level*slotCount+slot, "deadline %d in list %d at %d", d, i, w.now)
			}
		}
	}
	must(linked+far == w.count, "%d nodes linked, %d outside, counted %d", linked, far, w.count)
}
