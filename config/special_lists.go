package config

import (
	"strconv"
	"strings"
)

func defaultSave() []SavePoint { return []SavePoint{{3600, 1}, {300, 100}, {60, 10000}} }

// savePoints: pairs of seconds and changes. Lines of a file add up; see
// loader.set for where they begin.
var savePoints = special{
	about:     "pairs of seconds and changes",
	resetFunc: func(c *Config) { c.Save = defaultSave() },
	getFunc: func(c *Config) string {
		var b []byte
		for i, p := range c.Save {
			if i > 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendInt(b, p.Seconds, 10)
			b = append(b, ' ')
			b = strconv.AppendInt(b, p.Changes, 10)
		}
		return string(b)
	},
	setFunc: func(c *Config, args []string) error {
		points, err := parseSave(args)
		if err == nil {
			c.Save = points
		}
		return err
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		if len(c.Save) == 0 {
			return []rewriteLine{{name + ` ""`, true}}
		}
		var lines []rewriteLine
		for _, p := range c.Save {
			lines = append(lines, rewriteLine{
				name + " " + strconv.FormatInt(p.Seconds, 10) + " " + strconv.FormatInt(p.Changes, 10), true})
		}
		return lines
	},
}

func parseSave(args []string) ([]SavePoint, error) {
	if isNone(args) {
		return nil, nil
	}
	invalid := reason("Invalid save parameters")
	if len(args)%2 != 0 {
		return nil, invalid
	}
	var points []SavePoint
	for i := 0; i < len(args); i += 2 {
		seconds, ok1 := parseLoose(args[i])
		changes, ok2 := parseLoose(args[i+1])
		if !ok1 || !ok2 || seconds < 1 || changes < 0 {
			return nil, invalid
		}
		points = append(points, SavePoint{seconds, changes})
	}
	return points, nil
}

var (
	// classNames by ClientClass; the second name of a class is the one that
	// CONFIG REWRITE prefers.
	classNames = [clientClasses][]string{{"normal"}, {"slave", "replica"}, {"pubsub"}}

	defaultOutputLimits = [clientClasses]OutputLimit{
		ClassReplica: {256 << 20, 64 << 20, 60},
		ClassPubSub:  {32 << 20, 8 << 20, 60},
	}
)

var outputLimits = special{
	about:     "groups of class, hard limit, soft limit, soft seconds",
	resetFunc: func(c *Config) { c.ClientOutputBufferLimit = defaultOutputLimits },
	getFunc: func(c *Config) string {
		var parts []string
		for class, l := range c.ClientOutputBufferLimit {
			parts = append(parts, classNames[class][0], strconv.FormatUint(l.Hard, 10),
				strconv.FormatUint(l.Soft, 10), strconv.Itoa(l.SoftSeconds))
		}
		return strings.Join(parts, " ")
	},
	setFunc: setOutputLimits,
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		var lines []rewriteLine
		for class, l := range c.ClientOutputBufferLimit {
			names := classNames[class]
			lines = append(lines, rewriteLine{
				strings.Join([]string{name, names[len(names)-1], formatMemory(l.Hard),
					formatMemory(l.Soft), strconv.Itoa(l.SoftSeconds)}, " "),
				l != defaultOutputLimits[class]})
		}
		return lines
	},
}

func setOutputLimits(c *Config, args []string) error {
	if len(args)%4 != 0 {
		return reason("Wrong number of arguments in buffer limit configuration.")
	}
	limits := c.ClientOutputBufferLimit
	for ; len(args) > 0; args = args[4:] {
		class := -1
		for i, names := range classNames {
			for _, n := range names {
				if strings.EqualFold(n, args[0]) {
					class = i
				}
			}
		}
		if class < 0 {
			return reason("Invalid client class specified in buffer limit configuration.")
		}
		hard, ok1 := parseMemory(args[1])
		soft, ok2 := parseMemory(args[2])
		seconds, ok3 := parseLoose(args[3])
		if !ok1 || !ok2 || !ok3 || seconds < 0 || seconds > maxInt {
			return reason("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		limits[class] = OutputLimit{hard, soft, int(seconds)}
	}
	c.ClientOutputBufferLimit = limits
	return nil
}

func defaultPercentiles() []float64 { return []float64{50, 99, 99.9} }

var percentiles = special{
	about:     "list of percentiles from 0 to 100",
	resetFunc: func(c *Config) { c.LatencyTrackingInfoPercentiles = defaultPercentiles() },
	getFunc: func(c *Config) string {
		var parts []string
		for _, p := range c.LatencyTrackingInfoPercentiles {
			parts = append(parts, formatPercentile(p))
		}
		return strings.Join(parts, " ")
	},
	setFunc: func(c *Config, args []string) error {
		var list []float64
		if !isNone(args) {
			for _, a := range args {
				p, ok := parsePercentile(a)
				if !ok {
					return reason("Invalid latency-tracking-info-percentiles parameters")
				}
				if p < 0 || p > 100 {
					return reason("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
				}
				list = append(list, p)
			}
		}
		c.LatencyTrackingInfoPercentiles = list
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		line := name
		for _, p := range c.LatencyTrackingInfoPercentiles {
			line += " " + formatPercentile(p)
		}
		if line == name {
			line += ` ""`
		}
		return []rewriteLine{{line, true}}
	},
}

// parsePercentile reads a number as C's strtod does, which differs from Go in
// underscores and in hexadecimal numbers without an exponent.
func parsePercentile(s string) (float64, bool) {
	if lower := strings.ToLower(s); strings.HasPrefix(lower, "0x") && !strings.Contains(lower, "p") {
		s += "p0"
	}
	p, err := strconv.ParseFloat(s, 64)
	return p, err == nil && p == p && !strings.Contains(s, "_")
}

// formatPercentile writes at most six decimals and no trailing zeros.
func formatPercentile(p float64) string {
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(p, 'f', 6, 64), "0"), ".")
}

// shutdownWords are the bits of Shutdown by name.
var shutdownWords = []named[ShutdownFlags]{
	{"default", 0}, {"save", ShutdownSave}, {"nosave", ShutdownNoSave}, {"now", ShutdownNow}, {"force", ShutdownForce},
}

// shutdownFlags declares the options of a shutdown that a signal asks for.
func shutdownFlags(field func(*Config) *ShutdownFlags) value {
	get := func(c *Config) string {
		var list []string
		for _, w := range shutdownWords {
			if f := *field(c); w.value == f || w.value != 0 && f&w.value != 0 {
				list = append(list, w.name)
			}
		}
		return strings.Join(list, " ")
	}
	return special{
		about:     "some of default, save, nosave, now, force",
		resetFunc: func(c *Config) { *field(c) = 0 },
		getFunc:   get,
		setFunc: func(c *Config, args []string) error {
			flags, err := parseShutdown(args)
			if err == nil {
				*field(c) = flags
			}
			return err
		},
		rewriteFunc: func(c *Config, name string) []rewriteLine {
			return []rewriteLine{{name + " " + get(c), *field(c) != 0}}
		},
	}
}

func parseShutdown(args []string) (flags ShutdownFlags, err error) {
	for _, a := range args {
		known := false
		for _, w := range shutdownWords {
			if strings.EqualFold(w.name, a) {
				flags |= w.value
				known = true
			}
		}
		if !known {
			args = nil
			break
		}
	}
	if len(args) == 0 {
		var list []string
		for _, w := range shutdownWords {
			list = append(list, w.name)
		}
		return 0, notOneOf(list)
	}
	if flags&(ShutdownSave|ShutdownNoSave) == ShutdownSave|ShutdownNoSave {
		return 0, reason("shutdown options SAVE and NOSAVE can't be used simultaneously")
	}
	return flags, nil
}
