package config

import (
	"strings"
)

// NotifyFlags is a set of keyspace event classes.
type NotifyFlags uint32

// The classes, by the letter that stands for them in notify-keyspace-events.
const (
	NotifyKeyspace NotifyFlags = 1 << iota // K: publish to __keyspace@<db>__
	NotifyKeyevent                         // E: publish to __keyevent@<db>__
	NotifyGeneric                          // g
	NotifyString                           // $
	NotifyList                             // l
	NotifySet                              // s
	NotifyHash                             // h
	NotifyZset                             // z
	NotifyExpired                          // x
	NotifyEvicted                          // e
	NotifyStream                           // t
	NotifyKeyMiss                          // m
	NotifyModule                           // d
	NotifyNew                              // n

	// NotifyAll is what the letter A stands for: every class but m and n.
	NotifyAll = NotifyGeneric | NotifyString | NotifyList | NotifySet | NotifyHash |
		NotifyZset | NotifyExpired | NotifyEvicted | NotifyStream | NotifyModule
)

// notifyLetters in the order in which CONFIG GET shows them. Those of NotifyAll
// come first.
const notifyLetters = "g$lshzxetdnKEm"

var notifyBits = [len(notifyLetters)]NotifyFlags{
	NotifyGeneric, NotifyString, NotifyList, NotifySet, NotifyHash, NotifyZset, NotifyExpired,
	NotifyEvicted, NotifyStream, NotifyModule, NotifyNew, NotifyKeyspace, NotifyKeyevent, NotifyKeyMiss,
}

// String returns the letters in normal form: A where all its classes are set.
func (f NotifyFlags) String() string {
	var b []byte
	if f&NotifyAll == NotifyAll {
		b = append(b, 'A')
	}
	for i, bit := range notifyBits {
		// With an A the letters it covers are left out. Redis leaves out n as
		// well then, and tools compare what CONFIG GET returns.
		if f&bit != 0 && (len(b) == 0 || b[0] != 'A' || bit&(NotifyAll|NotifyNew) == 0) {
			b = append(b, notifyLetters[i])
		}
	}
	return string(b)
}

func parseNotify(s string) (flags NotifyFlags, ok bool) {
	for _, letter := range []byte(s) {
		if letter == 'A' {
			flags |= NotifyAll
			continue
		}
		i := strings.IndexByte(notifyLetters, letter)
		if i < 0 {
			return 0, false
		}
		flags |= notifyBits[i]
	}
	return flags, true
}

var notifyEvents = special{
	about:     "event class letters",
	resetFunc: func(c *Config) { c.NotifyKeyspaceEvents = 0 },
	getFunc:   func(c *Config) string { return c.NotifyKeyspaceEvents.String() },
	setFunc: func(c *Config, args []string) error {
		if len(args) != 1 {
			return errWrongCount
		}
		flags, ok := parseNotify(args[0])
		if !ok {
			return reason("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
		c.NotifyKeyspaceEvents = flags
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		letters := c.NotifyKeyspaceEvents.String()
		if c.NotifyKeyspaceEvents&NotifyNew != 0 && !strings.Contains(letters, "n") {
			letters += "n" // a restart must not lose it
		}
		return []rewriteLine{{name + " " + quote(letters), c.NotifyKeyspaceEvents != 0}}
	},
}
