package arena

import "testing"

// TestClassWaste holds the promise of the table of classes: what rounding
// costs on average over all sizes of a range, and at most.
func TestClassWaste(t *testing.T) {
	for _, c := range []struct {
		from, to int
		average  float64 // bytes
		most     float64 // part of the size
	}{
		{8, 512, 4, 1},
		{513, 1024, 8, 1.0 / 32},
		{1025, 2048, 16, 1.0 / 32},
		{2049, smallMax, 512, 1.0 / 32},
		{smallMax + 1, 1 << 20, 2048, 1.0 / 8},
	} {
		sum, last := 0, 0
		for size := c.from; size <= c.to; size++ {
			class := ClassSize(size)
			waste := class - size
			if waste < 0 || class%Align != 0 || class < last {
				t.Fatalf("size %d has class %d after %d", size, class, last)
			}
			if ClassSize(class) != class {
				t.Fatalf("class %d of size %d is not its own", class, size)
			}
			if float64(waste) > c.most*float64(size) {
				t.Errorf("size %d wastes %d bytes", size, waste)
			}
			sum, last = sum+waste, class
		}
		average := float64(sum) / float64(c.to-c.from+1)
		t.Logf("%6d to %7d bytes: %.1f bytes wasted on average", c.from, c.to, average)
		if average > c.average {
			t.Errorf("%d to %d bytes waste %.1f on average, more than %.1f", c.from, c.to, average, c.average)
		}
	}
}

// TestSlabShape checks what is lost at the end of the slabs of each class.
func TestSlabShape(t *testing.T) {
	for c, size := range classSizes {
		length := uint32(classUnits[c]) * unitBytes
		if length/size < slabMin || classUnits[c] > slabUnits {
			t.Errorf("class %d: %d blocks in %d units", size, length/size, classUnits[c])
		}
		if waste := float64(length%size) / float64(length); waste > 1.0/32 {
			t.Errorf("class %d: %.1f %% of a slab are lost", size, waste*100)
		}
		if got := classOf(int(size)); int(got) != c {
			t.Errorf("size %d has class %d, want %d", size, got, c)
		}
	}
}

func TestClassSizeOfNothing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Fatal("no panic")
		}
	}()
	ClassSize(0)
}
