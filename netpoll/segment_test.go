package netpoll

import "testing"

func TestSegmentPool(t *testing.T) {
	p := NewSegmentPool(8)
	var lent [][]byte
	for range 12 {
		segment := p.Get()
		if len(segment) != SegmentSize {
			t.Fatal(len(segment))
		}
		lent = append(lent, segment)
	}
	if p.Lent() != 12 || p.Idle() != 0 {
		t.Fatal(p.Lent(), p.Idle())
	}
	for _, segment := range lent {
		p.Put(segment[:10]) // resliced by its user
	}
	if p.Lent() != 0 || p.Idle() != 8 {
		t.Fatal(p.Lent(), p.Idle())
	}
	// Last in, first out, at full length.
	if segment := p.Get(); len(segment) != SegmentSize || &segment[0] != &lent[7][0] {
		t.Fatal("not the warmest segment")
	} else {
		p.Put(segment)
	}
	// A load of three keeps three, and little more, over the trims.
	for range 10 {
		busy := [][]byte{p.Get(), p.Get(), p.Get()}
		for _, segment := range busy {
			p.Put(segment)
		}
		p.Trim()
	}
	if p.Idle() != 3 {
		t.Fatalf("%d idle under a load of three", p.Idle())
	}
	for range 5 {
		p.Trim()
	}
	if p.Idle() != 0 {
		t.Fatalf("%d idle without load", p.Idle())
	}
	p.Trim()
	defer func() {
		if recover() == nil {
			t.Fatal("took a foreign buffer")
		}
	}()
	p.Put(p.Get()[1:])
}
