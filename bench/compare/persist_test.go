package main

import (
	"errors"
	"os"
	"slices"
	"testing"
)

// TestCollected adds to figures by name.
func TestCollected(t *testing.T) {
	var c collected
	c.add(figure{name: "a", unit: unitWait, goal: 1}, reference, 4)
	c.add(figure{name: "b"}, ours, 7)
	c.add(figure{name: "a"}, ours, 2)
	if len(c) != 2 || c[0].name != "a" || c[0].ratio() != 0.5 || c[0].wish() != "1.00" {
		t.Errorf("figures %+v", c)
	}
	if !slices.Equal(c[1].values[ours], []float64{7}) || c[1].wish() != "" {
		t.Errorf("figures %+v", c)
	}
	if f := (figure{goal: 1.2, isRate: true}); f.wish() != "x 1.20" {
		t.Errorf("goal %q", f.wish())
	}
}

// TestPanelsHaveTitles asks for one for each unit.
func TestPanelsHaveTitles(t *testing.T) {
	for _, unit := range []string{unitGrowth, unitWait, unitTimes, unitTime, unitSize, unitRate, unitCPU} {
		if persistTitles[unit] == "" {
			t.Errorf("no title for %s", unit)
		}
	}
}

// TestTreeMemory weighs this process and one that has ended.
func TestTreeMemory(t *testing.T) {
	size, err := treeMemory(os.Getpid())
	if errors.Is(err, errors.ErrUnsupported) {
		return
	}
	if err != nil || size < 1<<20 {
		t.Errorf("this process has %d bytes, %v", size, err)
	}
	if size, err := treeMemory(1 << 30); err == nil {
		t.Errorf("a process that is not there has %d bytes", size)
	}
}
