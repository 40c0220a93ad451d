package db

// The nodes of a list have numbers that rise along it, with gaps, so that nodes
// can come between others; a snapshot sorts by them what it was told out of
// turn. Ends of lists have room for 2^41 nodes on either side. Where a gap is
// used up some nodes are spread anew, as few as leave gaps that grow with their
// number (Dietz and Sleator, "Two algorithms for maintaining order in a list",
// 1987), which is some steps for each node that is put in.
const (
	orderGap = 1 << 20
	// orderMax bounds the numbers, so that their differences are none too large.
	orderMax = 1 << 61
)

// placeNode gives n, which is about to be put behind prev or at the beginning,
// its order.
func (k *Keyspace) placeNode(l *list, prev, n *listNode) {
	next := nodeAt(l.head)
	if prev != nil {
		next = nodeAt(prev.next)
	}
	switch {
	case prev == nil && next == nil:
		n.order = 0
		return
	case next == nil && prev.order < orderMax-orderGap:
		n.order = prev.order + orderGap
		return
	case prev == nil && next.order > orderGap-orderMax:
		n.order = next.order - orderGap
		return
	}
	low, high := orderBetween(prev, next)
	if high-low < 2 {
		if !k.spread(l, low, next, false) && !k.spread(l, high, prev, true) {
			panic("BUG: db: a list has no room for a node")
		}
		low, high = orderBetween(prev, next)
	}
	n.order = low + (high-low)/2
}

func orderBetween(prev, next *listNode) (low, high int64) {
	low, high = -orderMax, orderMax
	if prev != nil {
		low = prev.order
	}
	if next != nil {
		high = next.order
	}
	return low, high
}

// spread makes a gap behind the number base by moving away the nodes from n on,
// to the right or to the left. It reports whether there is room. A snapshot is
// told of a node before its number changes.
func (k *Keyspace) spread(l *list, base int64, n *listNode, left bool) bool {
	room, count := int64(0), int64(1)
	for x := n; ; count++ {
		edge := int64(orderMax)
		if left {
			edge = -orderMax
		}
		if x != nil {
			edge = x.order
		}
		if room = max(edge-base, base-edge); room > (count+1)*(count+1) {
			break
		}
		if x == nil {
			return false
		}
		x = x.beside(left)
	}
	step := room / count
	for i, x := int64(1), n; i < count; i, x = i+1, x.beside(left) {
		k.saveNode(l, x)
		if x.order = base + i*step; left {
			x.order = base - i*step
		}
	}
	return true
}

// beside returns the neighbour of n on one side.
func (n *listNode) beside(left bool) *listNode {
	if left {
		return nodeAt(n.prev)
	}
	return nodeAt(n.next)
}
