package config

import (
	"strconv"
	"strings"
)

// memoryLimit is the value of maxmemory: a number of bytes, or a percentage of
// the memory that the process may use.
type memoryLimit struct{ number }

func newMemoryLimit() memoryLimit {
	return memoryLimit{byteCount64(func(c *Config) *uint64 { return &c.MaxMemory }).(number)}
}

func (l memoryLimit) reset(c *Config) {
	l.number.reset(c)
	c.MaxMemoryPercent = 0
}

func (l memoryLimit) set(c *Config, args []string) error {
	digits, isPercent := strings.CutSuffix(args[0], "%")
	if !isPercent {
		if err := l.number.set(c, args); err != nil {
			return err
		}
		c.MaxMemoryPercent = 0
		return nil
	}
	n, ok := parseInteger(digits)
	if !ok || n < 1 || n > 100 {
		return reason("percentage argument must be between 1% and 100%")
	}
	c.MaxMemory, c.MaxMemoryPercent = 0, int(n)
	return nil
}

func (l memoryLimit) get(c *Config) string {
	if c.MaxMemoryPercent != 0 {
		return strconv.Itoa(c.MaxMemoryPercent) + "%"
	}
	return l.number.get(c)
}

func (l memoryLimit) rewrite(c *Config, name string) []rewriteLine {
	if c.MaxMemoryPercent != 0 {
		return []rewriteLine{{name + " " + l.get(c), true}}
	}
	return l.number.rewrite(c, name)
}

func (l memoryLimit) describe() string { return "memory, or percentage from 1% to 100%" }
