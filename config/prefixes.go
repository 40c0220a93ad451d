package config

import (
	"strconv"
	"strings"
)

const (
	// keyPrefixesMax bounds the prefixes, each of which has series of its own.
	keyPrefixesMax = 64
	// keyPrefixMax bounds one, in bytes: it is a label.
	keyPrefixMax = 128
)

// keyPrefixes is metrics-key-prefixes.
var keyPrefixes = special{
	about:     "list of up to " + strconv.Itoa(keyPrefixesMax) + " prefixes without spaces",
	resetFunc: func(c *Config) { c.MetricsKeyPrefixes = nil },
	getFunc:   func(c *Config) string { return strings.Join(c.MetricsKeyPrefixes, " ") },
	setFunc: func(c *Config, args []string) error {
		prefixes, err := parsePrefixes(args)
		if err == nil {
			c.MetricsKeyPrefixes = prefixes
		}
		return err
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		if len(c.MetricsKeyPrefixes) == 0 {
			return nil
		}
		line := name
		for _, p := range c.MetricsKeyPrefixes {
			line += " " + strconv.Quote(p)
		}
		return []rewriteLine{{line, true}}
	},
}

func parsePrefixes(args []string) ([]string, error) {
	if isNone(args) {
		return nil, nil
	}
	if len(args) > keyPrefixesMax {
		return nil, reason("at most " + strconv.Itoa(keyPrefixesMax) + " prefixes")
	}
	seen := make(map[string]bool)
	for _, p := range args {
		switch {
		case p == "" || len(p) > keyPrefixMax:
			return nil, reason("a prefix has 1 to " + strconv.Itoa(keyPrefixMax) + " bytes")
		case strings.ContainsAny(p, " \t\r\n"):
			return nil, reason("a prefix has no spaces")
		case seen[p]:
			return nil, reason("a prefix is there twice: " + p)
		}
		seen[p] = true
	}
	return append([]string(nil), args...), nil
}
