package server

import "testing"

func TestAtMost(t *testing.T) {
	b := &batch{}
	for range 10 {
		b.out.Shared(make([]byte, 7), 1)
	}
	for b.part = range 10 {
		for b.offset = range 7 {
			for n := range 75 {
				if got, want := b.atMost(n), b.left() <= n; got != want {
					t.Fatalf("part %d, offset %d: %d bytes at most %d: %v", b.part, b.offset, b.left(), n, got)
				}
			}
		}
	}
}
