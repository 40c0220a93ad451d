package wheel

import "math/bits"

// Earliest calls f for up to n nodes of the list that holds the earliest
// deadlines: no node outside it has an earlier one, and within it the order is
// open. f must not change the wheel.
func (w *Wheel) Earliest(n int, f func(*Node)) {
	if w.lists == nil {
		return
	}
	for _, list := range [...]uint64{dueList, movingList} {
		if !w.lists[list].isEmpty() {
			w.pick(list, n, f)
			return
		}
	}
	for level := range uint64(levels) {
		if m := w.occupied[level]; m != 0 {
			w.pick(level*slotCount+uint64(bits.TrailingZeros64(m)), n, f)
			return
		}
	}
}

// Draw calls f for up to n nodes of a list that is drawn with random, and puts
// those at the end of the list: who draws often sees all of them alike. f must
// not change the wheel.
func (w *Wheel) Draw(n int, random uint64, f func(*Node)) {
	if w.lists == nil {
		return
	}
	count := 0
	for _, m := range w.occupied {
		count += bits.OnesCount64(m)
	}
	if count == 0 {
		w.Earliest(n, f)
		return
	}
	high, _ := bits.Mul64(random, uint64(count))
	for level, m := range w.occupied {
		if c := uint64(bits.OnesCount64(m)); high >= c {
			high -= c
			continue
		}
		for ; high > 0; high-- {
			m &= m - 1
		}
		w.pick(uint64(level)*slotCount+uint64(bits.TrailingZeros64(m)), n, f)
		return
	}
}

// pick calls f for the first nodes of a list and moves them to its end.
func (w *Wheel) pick(list uint64, n int, f func(*Node)) {
	head := &w.lists[list]
	first := head.next()
	last := head
	for x := first; n > 0 && x != head; n-- {
		f(x)
		last, x = x, x.next()
	}
	if last == head || last.next() == head {
		return // none, or all of them
	}
	// The sentinel moves instead: it stands behind the last one now.
	end := head.prev()
	end.setNext(first.ref())
	first.setPrev(end.ref())
	head.setNext(last.next().ref())
	last.next().setPrev(head.ref())
	last.setNext(head.ref())
	head.setPrev(last.ref())
}
