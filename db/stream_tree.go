package db

import (
	"unsafe"

	"basalt/db/arena"
)

// idTree is a B+ tree by stream ID outside the Go heap: the packs of a stream,
// and the pending entries of a group or a consumer. It is a plain value without
// pointers, for objects in the arena.
//
//	inner  | count capacity words | keys ... | children ... |
//	leaf   | count capacity words | keys ... | values ...   |
//
// A value is some 8-byte words, as many in all leaves of a tree. All keys below
// child i of an inner node are less than key i+1 and, but for i = 0, not less
// than key i; key 0 means nothing.
//
// IDs grow, so the tree is made for appending: a node that is full because
// something went to its end gets an empty neighbour instead of giving away a
// half, which leaves all others full (24 bytes an ID with a word), and the
// rightmost leaf is known without a descent. A node that is less than a quarter
// full is joined with a neighbour where both together leave room. The only leaf
// of a small tree grows by doubling.
type idTree struct {
	root   arena.Ref // 0: empty
	last   arena.Ref // rightmost leaf
	count  int64
	height uint16 // 1: the root is a leaf
	words  uint16
	mark   uint8 // of the nodes that are this tree's alone; see stream_tree_frozen.go
	_      [3]uint8
}

const (
	treeFan       = 32 // keys of a node
	treeRootMin   = 2  // keys of the first leaf
	treeHeightMax = 24
	treeNodeHead  = 8
)

// treeNode is a node; its keys and values follow.
type treeNode struct {
	count, capacity, words uint16
	mark                   uint8
	left                   bool // only who reads the frozen tree has it yet
}

var _ [treeNodeHead - unsafe.Sizeof(treeNode{})]struct{}

func treeNodeSize(capacity, words int) int { return treeNodeHead + capacity*(16+8*words) }

func newTreeNode(a *arena.Arena, capacity, words int) *treeNode {
	n := (*treeNode)(a.Alloc(treeNodeSize(capacity, words), arena.Node))
	*n = treeNode{capacity: uint16(capacity), words: uint16(words)}
	return n
}

// newNode makes a node that is the tree's alone.
func (t *idTree) newNode(a *arena.Arena, capacity, words int) *treeNode {
	n := newTreeNode(a, capacity, words)
	n.mark = t.mark
	return n
}

func (n *treeNode) size() int { return treeNodeSize(int(n.capacity), int(n.words)) }

func (n *treeNode) free(a *arena.Arena) { a.Free(unsafe.Pointer(n), n.size(), arena.Node) }

func (n *treeNode) ref() arena.Ref { return arena.RefOf(unsafe.Pointer(n)) }

func treeNodeAt(r arena.Ref) *treeNode { return (*treeNode)(r.Ptr()) }

// keys returns all keys there is room for.
func (n *treeNode) keys() []StreamID {
	return unsafe.Slice((*StreamID)(unsafe.Add(unsafe.Pointer(n), treeNodeHead)), int(n.capacity))
}

func (n *treeNode) key(i int) StreamID {
	return *(*StreamID)(unsafe.Add(unsafe.Pointer(n), treeNodeHead+16*i))
}

// value returns where value i begins.
func (n *treeNode) value(i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(n), treeNodeHead+16*int(n.capacity)+8*int(n.words)*i)
}

// values returns the words of all values there is room for.
func (n *treeNode) values() []uint64 {
	return unsafe.Slice((*uint64)(n.value(0)), int(n.capacity)*int(n.words))
}

func (n *treeNode) child(i int) *treeNode { return treeNodeAt(*(*arena.Ref)(n.value(i))) }

// search returns the index of the first key that is not less than id.
func (n *treeNode) search(id StreamID) int {
	low, high := 0, int(n.count)
	for low < high {
		if mid := (low + high) / 2; n.key(mid).Less(id) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// route returns the index of the child of an inner node that id belongs to.
func (n *treeNode) route(id StreamID) int {
	i := n.search(id)
	if i < int(n.count) && n.key(i) == id {
		return i
	}
	return max(i-1, 0)
}

// open makes room for a key and its value at i.
func (n *treeNode) open(i int) {
	count, w := int(n.count), int(n.words)
	keys, values := n.keys(), n.values()
	copy(keys[i+1:count+1], keys[i:count])
	copy(values[(i+1)*w:(count+1)*w], values[i*w:count*w])
	n.count++
}

// close takes out key and value i.
func (n *treeNode) close(i int) {
	count, w := int(n.count), int(n.words)
	keys, values := n.keys(), n.values()
	copy(keys[i:count-1], keys[i+1:count])
	copy(values[i*w:(count-1)*w], values[(i+1)*w:count*w])
	n.count--
}

// move appends what n has from i on to other.
func (n *treeNode) move(i int, other *treeNode) {
	w, at := int(n.words), int(other.count)
	copy(other.keys()[at:], n.keys()[i:n.count])
	copy(other.values()[at*w:], n.values()[i*w:int(n.count)*w])
	other.count += n.count - uint16(i)
	n.count = uint16(i)
}

// treePath is the way from the root to a leaf.
type treePath [treeHeightMax]struct {
	node  *treeNode
	index int
}

// descend fills path with the way to the leaf that id belongs to, and where it
// is or would be there. The tree is not empty.
func (t *idTree) descend(path *treePath, id StreamID) (leaf *treeNode, i int) {
	n := treeNodeAt(t.root)
	for level := 0; level < int(t.height)-1; level++ {
		path[level].node, path[level].index = n, n.route(id)
		n = n.child(path[level].index)
	}
	i = n.search(id)
	path[t.height-1].node, path[t.height-1].index = n, i
	return n, i
}

// leaf returns the leaf that id belongs to, nil in an empty tree.
func (t *idTree) leaf(id StreamID) *treeNode {
	if t.root == 0 {
		return nil
	}
	n := treeNodeAt(t.root)
	for level := t.height; level > 1; level-- {
		n = n.child(n.route(id))
	}
	return n
}

// find returns the value of id, nil if it is not there. The view dies with the
// next change of the tree.
func (t *idTree) find(id StreamID) unsafe.Pointer {
	n := t.leaf(id)
	if n == nil {
		return nil
	}
	if i := n.search(id); i < int(n.count) && n.key(i) == id {
		return n.value(i)
	}
	return nil
}

// treePos is a place in a tree. It dies with the next change of the tree.
type treePos struct {
	node  *treeNode // nil: behind the end, or before the beginning
	index int
}

func (p treePos) id() StreamID { return p.node.key(p.index) }

func (p treePos) value() unsafe.Pointer { return p.node.value(p.index) }

// ceiling returns the place of the first ID that is not less than id.
func (t *idTree) ceiling(id StreamID) treePos {
	n := t.leaf(id)
	if n == nil {
		return treePos{}
	}
	if i := n.search(id); i < int(n.count) {
		return treePos{n, i}
	}
	return t.beside(id, true)
}

// floor returns the place of the last ID that is not greater than id.
func (t *idTree) floor(id StreamID) treePos {
	n := t.leaf(id)
	if n == nil {
		return treePos{}
	}
	i := n.search(id)
	if i < int(n.count) && n.key(i) == id {
		return treePos{n, i}
	}
	if i > 0 {
		return treePos{n, i - 1}
	}
	return t.beside(id, false)
}

// beside returns the first place right of the leaf that id belongs to, or the
// last one left of it.
func (t *idTree) beside(id StreamID, right bool) treePos {
	n := treeNodeAt(t.root)
	var turn *treeNode
	level := 0
	for h := int(t.height); h > 1; h-- {
		i := n.route(id)
		switch {
		case right && i+1 < int(n.count):
			turn, level = n.child(i+1), h-1
		case !right && i > 0:
			turn, level = n.child(i-1), h-1
		}
		n = n.child(i)
	}
	if turn == nil {
		return treePos{}
	}
	for ; level > 1; level-- {
		if right {
			turn = turn.child(0)
		} else {
			turn = turn.child(int(turn.count) - 1)
		}
	}
	if right {
		return treePos{turn, 0}
	}
	return treePos{turn, int(turn.count) - 1}
}

// first and end return the outermost places.
func (t *idTree) first() treePos { return t.ceiling(StreamID{}) }

func (t *idTree) end() treePos {
	if t.root == 0 {
		return treePos{}
	}
	n := treeNodeAt(t.last)
	return treePos{n, int(n.count) - 1}
}

// next returns the place behind p.
func (t *idTree) next(p treePos) treePos {
	if p.index+1 < int(p.node.count) {
		return treePos{p.node, p.index + 1}
	}
	return t.beside(p.id(), true)
}

// prev returns the place before p.
func (t *idTree) prev(p treePos) treePos {
	if p.index > 0 {
		return treePos{p.node, p.index - 1}
	}
	return t.beside(p.id(), false)
}
