package config

import "testing"

func TestDefault(t *testing.T) {
	c := Default()
	if c.Port != 6379 || c.Databases != 16 || c.IOThreads < 1 || c.MetricsPort != 9121 {
		t.Errorf("%+v", c)
	}
	for _, p := range c.Get([]byte("*")) {
		if v, ok := c.Value(p.Name); !ok || v != p.Value {
			t.Errorf("%s: %q and %q", p.Name, p.Value, v)
		}
	}
}
