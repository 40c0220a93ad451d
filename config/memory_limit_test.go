package config

import "testing"

func TestMemoryLimit(t *testing.T) {
	for _, test := range []struct {
		set, get string
		bytes    uint64
		percent  int
	}{
		{"80%", "80%", 0, 80},
		{"1%", "1%", 0, 1},
		{"100%", "100%", 0, 100},
		{"1gb", "1073741824", 1 << 30, 0},
		{"0", "0", 0, 0},
	} {
		c := Default()
		if err := c.Set([]Pair{{"maxmemory", "50%"}}, Setter{}, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Set([]Pair{{"maxmemory", test.set}}, Setter{}, nil); err != nil {
			t.Errorf("%s: %v", test.set, err)
		}
		if got, _ := c.Value("maxmemory"); got != test.get || c.MaxMemory != test.bytes || c.MaxMemoryPercent != test.percent {
			t.Errorf("%s: %q, %d bytes, %d %%", test.set, got, c.MaxMemory, c.MaxMemoryPercent)
		}
	}
	for _, value := range []string{"0%", "101%", "-1%", "%", "1.5%", "1k%", "80 %"} {
		c := Default()
		if err := c.Set([]Pair{{"maxmemory", value}}, Setter{}, nil); err == nil {
			t.Errorf("%q is accepted", value)
		}
	}
}
