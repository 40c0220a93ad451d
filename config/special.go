package config

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// special is a value with a syntax of its own; each is a variable below.
type special struct {
	setFunc     func(c *Config, args []string) error
	getFunc     func(c *Config) string
	resetFunc   func(c *Config)
	rewriteFunc func(c *Config, name string) []rewriteLine
	about       string
}

func (s special) set(c *Config, args []string) error { return s.setFunc(c, args) }
func (s special) get(c *Config) string               { return s.getFunc(c) }
func (s special) reset(c *Config)                    { s.resetFunc(c) }
func (s special) describe() string                   { return s.about }
func (s special) rewrite(c *Config, name string) []rewriteLine {
	return s.rewriteFunc(c, name)
}

// isNone reports whether the arguments are the single empty one that stands for
// an empty list in a file.
func isNone(args []string) bool { return len(args) == 0 || len(args) == 1 && args[0] == "" }

// parseLoose reads a decimal number as C's strtoll does, for the directives that
// use it: leading space and a plus are fine, nothing is zero, and what is too
// large becomes the largest.
func parseLoose(s string) (int64, bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	if s == "" {
		return 0, true
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// bindAddresses: a list of addresses. More than maxBind are refused as Redis
// refuses them.
const maxBind = 16

// defaultBind is the loopback interface, unlike Redis, which listens everywhere
// and relies on protected-mode: nothing is reachable from other machines unless
// somebody says so.
func defaultBind() []string { return []string{"127.0.0.1", "-::1"} }

var bindAddresses = special{
	about:     "list of addresses",
	resetFunc: func(c *Config) { c.Bind = defaultBind() },
	getFunc:   func(c *Config) string { return strings.Join(c.Bind, " ") },
	setFunc: func(c *Config, args []string) error {
		if len(args) > maxBind {
			return reason("Too many bind addresses specified.")
		}
		c.Bind = nil
		if !isNone(args) {
			c.Bind = append(c.Bind, args...)
		}
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		text := strings.Join(c.Bind, " ")
		isDefault := text == strings.Join(defaultBind(), " ")
		if len(c.Bind) == 0 {
			text = `""`
		}
		return []rewriteLine{{name + " " + text, !isDefault}}
	},
}

var workingDir = special{
	about:   "directory",
	getFunc: func(c *Config) string { return c.Dir },
	resetFunc: func(c *Config) {
		// Without a working directory every later path must be absolute.
		c.Dir, _ = os.Getwd()
	},
	setFunc: func(c *Config, args []string) error {
		if len(args) != 1 {
			return errWrongCount
		}
		dir := c.path(args[0])
		info, err := os.Stat(dir)
		if err != nil {
			return reason(osReason(err))
		}
		if !info.IsDir() {
			return reason(osReason(syscall.ENOTDIR))
		}
		c.Dir = filepath.Clean(dir)
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		return []rewriteLine{{name + " " + quote(c.Dir), true}}
	},
}

// osReason returns the system's own words for err, as C prints them.
func osReason(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	s := errno.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

var masterAddress = special{
	about:     "host and port, or `no one`",
	resetFunc: func(c *Config) { c.ReplicaOf = Master{} },
	getFunc: func(c *Config) string {
		if c.ReplicaOf.Host == "" {
			return ""
		}
		return c.ReplicaOf.Host + " " + strconv.Itoa(c.ReplicaOf.Port)
	},
	setFunc: func(c *Config, args []string) error {
		if len(args) != 2 {
			return errWrongCount
		}
		if strings.EqualFold(args[0], "no") && strings.EqualFold(args[1], "one") {
			c.ReplicaOf = Master{}
			return nil
		}
		port, ok := parseLoose(args[1])
		if !ok || port < 0 || port > 65535 {
			return reason("Invalid master port")
		}
		c.ReplicaOf = Master{args[0], int(port)}
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		if c.ClusterEnabled || c.ReplicaOf.Host == "" {
			return nil
		}
		return []rewriteLine{{name + " " + c.ReplicaOf.Host + " " + strconv.Itoa(c.ReplicaOf.Port), true}}
	},
}

var oomScores = special{
	about:     "three integers from -2000 to 2000",
	resetFunc: func(c *Config) { c.OOMScoreAdjValues = defaultOOMScores },
	getFunc: func(c *Config) string {
		v := c.OOMScoreAdjValues
		return strconv.Itoa(v[0]) + " " + strconv.Itoa(v[1]) + " " + strconv.Itoa(v[2])
	},
	setFunc: func(c *Config, args []string) error {
		var scores [3]int
		if len(args) != len(scores) {
			return errWrongCount
		}
		for i, a := range args {
			v, ok := parseLoose(a)
			if !ok || v < -2000 || v > 2000 {
				return reason("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
			}
			scores[i] = int(v)
		}
		c.OOMScoreAdjValues = scores
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		line := name
		for _, v := range c.OOMScoreAdjValues {
			line += " " + strconv.Itoa(v)
		}
		return []rewriteLine{{line, c.OOMScoreAdjValues != defaultOOMScores}}
	},
}

var defaultOOMScores = [3]int{0, 200, 800}
