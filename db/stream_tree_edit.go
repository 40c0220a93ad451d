package db

import (
	"unsafe"

	"basalt/db/arena"
)

// insert puts id into the tree and returns its value, which is the caller's to
// fill, or the one it has already, and whether it was there.
func (t *idTree) insert(a *arena.Arena, id StreamID) (value unsafe.Pointer, found bool) {
	if t.root == 0 {
		n := t.newNode(a, treeRootMin, int(t.words))
		t.root, t.last, t.height = n.ref(), n.ref(), 1
	}
	n := treeNodeAt(t.last)
	i := int(n.count)
	if i == 0 || n.key(i-1).Less(id) {
		if i < int(n.capacity) && n.mark == t.mark {
			n.count++
			n.keys()[i] = id
			t.count++
			return n.value(i), false
		}
	}
	var path treePath
	_, i = t.descend(&path, id)
	n = t.own(a, &path)
	if i < int(n.count) && n.key(i) == id {
		return n.value(i), true
	}
	t.count++
	if n.count == n.capacity {
		n, i = t.makeRoom(a, &path)
	}
	n.open(i)
	n.keys()[i] = id
	return n.value(i), false
}

// makeRoom splits the leaf at the end of path, or lets it grow, and returns
// where the path now ends.
func (t *idTree) makeRoom(a *arena.Arena, path *treePath) (*treeNode, int) {
	at := path[t.height-1]
	if at.node.capacity < treeFan {
		grown := t.newNode(a, int(at.node.capacity)*2, int(t.words))
		at.node.move(0, grown)
		at.node.free(a)
		t.root, t.last = grown.ref(), grown.ref()
		return grown, at.index
	}
	n, i, right := splitNode(a, at.node, at.index)
	// What goes to the end of a full leaf begins the new one, with the key that
	// is about to be put there.
	separator := right.key(0)
	if right.count == 0 {
		separator, _ = at.node.key(int(at.node.count) - 1).Next()
	}
	t.link(a, path, int(t.height)-2, separator, right)
	t.findLast()
	return n, i
}

// splitNode gives a part of a full node to a new one on its right and returns
// where index i is now, and the new node.
func splitNode(a *arena.Arena, n *treeNode, i int) (*treeNode, int, *treeNode) {
	right := newTreeNode(a, treeFan, int(n.words))
	right.mark = n.mark
	if i == int(n.count) {
		return right, 0, right
	}
	half := int(n.count) / 2
	n.move(half, right)
	if i > half {
		return right, i - half, right
	}
	return n, i, right
}

// link puts a new node, whose keys are not less than separator, behind the one
// that path leads to below level.
func (t *idTree) link(a *arena.Arena, path *treePath, level int, separator StreamID, child *treeNode) {
	for {
		if level < 0 {
			root := t.newNode(a, treeFan, 1)
			old := treeNodeAt(t.root)
			root.count = 2
			root.keys()[0], root.keys()[1] = StreamID{}, separator
			root.values()[0], root.values()[1] = uint64(old.ref()), uint64(child.ref())
			t.root = root.ref()
			t.height++
			return
		}
		n, i := path[level].node, path[level].index+1
		var right *treeNode
		if n.count == n.capacity {
			n, i, right = splitNode(a, n, i)
		}
		n.open(i)
		n.keys()[i], n.values()[i] = separator, uint64(child.ref())
		if right == nil {
			return
		}
		separator, child = right.key(0), right
		level--
	}
}

// findLast brings last up to date after a change of nodes.
func (t *idTree) findLast() {
	if t.root == 0 {
		t.last = 0
		return
	}
	n := treeNodeAt(t.root)
	for level := t.height; level > 1; level-- {
		n = n.child(int(n.count) - 1)
	}
	t.last = n.ref()
}

// remove takes id out and reports whether it was there.
func (t *idTree) remove(a *arena.Arena, id StreamID) bool {
	if t.root == 0 {
		return false
	}
	var path treePath
	n, i := t.descend(&path, id)
	if i == int(n.count) || n.key(i) != id {
		return false
	}
	n = t.own(a, &path)
	n.close(i)
	t.count--
	if n.count < treeFan/4 && (t.height > 1 || n.count == 0) {
		t.shrink(a, &path)
	}
	return true
}

// shrink frees or joins the nodes along path that have few keys left, from the
// leaf upwards. All of them are the tree's alone.
func (t *idTree) shrink(a *arena.Arena, path *treePath) {
	for level := int(t.height) - 1; level > 0; level-- {
		n, parent, i := path[level].node, path[level-1].node, path[level-1].index
		switch {
		case n.count == 0:
			n.free(a)
			parent.close(i)
		case n.count >= treeFan/4:
			return
		case i+1 < int(parent.count) && joins(n, parent.child(i+1)):
			t.joinNodes(a, parent, i, level == int(t.height)-1)
		case i > 0 && joins(parent.child(i-1), n):
			t.joinNodes(a, parent, i-1, level == int(t.height)-1)
		default:
			return
		}
		t.findLast()
	}
	for root := treeNodeAt(t.root); ; root = treeNodeAt(t.root) {
		switch {
		case root.count == 0:
			t.release(a, root)
			t.root, t.height = 0, 0
			t.findLast()
			return
		case t.height > 1 && root.count == 1:
			t.root = root.child(0).ref()
			t.height--
			t.release(a, root)
		default:
			t.findLast()
			return
		}
	}
}

func joins(left, right *treeNode) bool { return left.count+right.count <= treeFan*3/4 }

// joinNodes moves all that child i+1 has to child i.
func (t *idTree) joinNodes(a *arena.Arena, parent *treeNode, i int, leaves bool) {
	left, right := t.ownChild(a, parent, i), t.ownChild(a, parent, i+1)
	if !leaves {
		right.keys()[0] = parent.key(i + 1) // which meant nothing so far
	}
	right.move(0, left)
	right.free(a)
	parent.close(i + 1)
}

// drain frees the rightmost leaf and what that makes superfluous, after telling
// each, unless it is nil, of its IDs and values. It returns how many IDs that were.
func (t *idTree) drain(a *arena.Arena, each func(id StreamID, value unsafe.Pointer)) int {
	var path treePath
	n := treeNodeAt(t.root)
	for level := 0; level < int(t.height)-1; level++ {
		path[level].node, path[level].index = n, int(n.count)-1
		n = n.child(int(n.count) - 1)
	}
	t.ownLevels(a, &path, int(t.height)-1)
	count := int(n.count)
	if each != nil {
		for i := range count {
			each(n.key(i), n.value(i))
		}
	}
	t.count -= int64(count)
	for level := int(t.height) - 2; ; level-- {
		t.release(a, n)
		if level < 0 {
			t.root, t.last, t.height = 0, 0, 0
			return count
		}
		n = path[level].node
		if n.count--; n.count > 0 {
			t.findLast()
			return count
		}
	}
}

// copy returns an equal tree. Values are copied as they are.
func (t *idTree) copy(a *arena.Arena) idTree {
	c := *t
	c.mark = 0
	if t.root != 0 {
		c.root = copyTreeNode(a, treeNodeAt(t.root), int(t.height)).ref()
		c.findLast()
	}
	return c
}

func copyTreeNode(a *arena.Arena, n *treeNode, height int) *treeNode {
	c := newTreeNode(a, int(n.capacity), int(n.words))
	c.count = n.count
	copy(c.keys(), n.keys()[:n.count])
	copy(c.values(), n.values()[:int(n.count)*int(n.words)])
	if height > 1 {
		for i := range int(n.count) {
			*(*arena.Ref)(c.value(i)) = copyTreeNode(a, n.child(i), height-1).ref()
		}
	}
	return c
}

// size returns about how many bytes the nodes occupy.
func (t *idTree) size() int {
	if t.root == 0 {
		return 0
	}
	if t.height == 1 {
		return arena.ClassSize(treeNodeAt(t.root).size())
	}
	leaves := (int(t.count) + treeFan - 1) / treeFan
	return leaves*arena.ClassSize(treeNodeSize(treeFan, int(t.words))) +
		(leaves+treeFan-1)/treeFan*arena.ClassSize(treeNodeSize(treeFan, 1))
}
