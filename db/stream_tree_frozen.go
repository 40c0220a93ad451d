package db

import (
	"unsafe"

	"basalt/db/arena"
)

// A tree can be frozen: it goes on as it is, and what it was at that moment is
// read in slices beside it. Nothing is copied for it at first. The nodes that
// there are belong to both from then on, which shows by their mark: it is not
// the tree's. Before the tree changes one of those it makes a copy of it, and of
// the nodes above, and leaves the other to the reader, as it does with those
// that it needs no more. The reader lets go of each node when it has read it and
// all below: one that the tree has left is freed, another is the tree's alone.
//
// So a change costs the copies of as many nodes as the tree is high, at most
// and but once for each node, and what a frozen tree takes in memory is as much
// as was changed before it was read.

// frozenTree is what a tree was, as far as that was not read yet.
type frozenTree struct {
	path   []frozenPlace // from the root to the leaf that is next; empty at the end
	height int
	mark   uint8 // of the tree
}

type frozenPlace struct {
	node  *treeNode
	index int // of the child that is being read
}

// freeze returns what t is now. What was frozen before has been read to its end.
func (t *idTree) freeze() frozenTree {
	t.mark ^= 1
	f := frozenTree{height: int(t.height), mark: t.mark}
	if t.root != 0 {
		f.descend(treeNodeAt(t.root))
	}
	return f
}

// descend goes from n to the leftmost leaf below.
func (f *frozenTree) descend(n *treeNode) {
	f.path = append(f.path, frozenPlace{node: n})
	for len(f.path) < f.height {
		n = n.child(0)
		f.path = append(f.path, frozenPlace{node: n})
	}
}

// leaf returns the leaf that is next, nil at the end. It is good until pass.
func (f *frozenTree) leaf() *treeNode {
	if len(f.path) == 0 {
		return nil
	}
	return f.path[len(f.path)-1].node
}

// pass lets go of the leaf, and of what is above it if that was read as well.
func (f *frozenTree) pass(a *arena.Arena) {
	for {
		top := len(f.path) - 1
		if n := f.path[top].node; n.left {
			n.free(a)
		} else {
			n.mark = f.mark
		}
		if f.path = f.path[:top]; top == 0 {
			return
		}
		above := &f.path[top-1]
		if above.index++; above.index < int(above.node.count) {
			f.descend(above.node.child(above.index))
			return
		}
	}
}

// own makes the nodes of path the tree's alone, so that they may be changed, and
// returns the leaf.
func (t *idTree) own(a *arena.Arena, path *treePath) *treeNode {
	return t.ownLevels(a, path, int(t.height))
}

// ownLevels is own for the first levels of path.
func (t *idTree) ownLevels(a *arena.Arena, path *treePath, levels int) (last *treeNode) {
	for level := range levels {
		n := path[level].node
		if n.mark != t.mark {
			c := t.replace(a, n)
			if level == 0 {
				t.root = c.ref()
			} else {
				above := path[level-1]
				*(*arena.Ref)(above.node.value(above.index)) = c.ref()
			}
			path[level].node, n = c, c
		}
		last = n
	}
	return last
}

// ownChild is own for child i of a node that is the tree's.
func (t *idTree) ownChild(a *arena.Arena, parent *treeNode, i int) *treeNode {
	n := parent.child(i)
	if n.mark != t.mark {
		n = t.replace(a, n)
		*(*arena.Ref)(parent.value(i)) = n.ref()
	}
	return n
}

// replace returns a copy of n, which is left to the reader.
func (t *idTree) replace(a *arena.Arena, n *treeNode) *treeNode {
	c := t.newNode(a, int(n.capacity), int(n.words))
	c.count = n.count
	copy(c.keys(), n.keys()[:n.count])
	copy(c.values(), n.values()[:int(n.count)*int(n.words)])
	n.left = true
	if t.last == n.ref() {
		t.last = c.ref()
	}
	return c
}

// release is called for a node that the tree needs no more.
func (t *idTree) release(a *arena.Arena, n *treeNode) {
	if n.mark != t.mark {
		n.left = true
		return
	}
	n.free(a)
}

// findToWrite is find for a caller who changes the value.
func (t *idTree) findToWrite(a *arena.Arena, id StreamID) unsafe.Pointer {
	if t.root == 0 {
		return nil
	}
	var path treePath
	n, i := t.descend(&path, id)
	if i == int(n.count) || n.key(i) != id {
		return nil
	}
	return t.own(a, &path).value(i)
}
