package test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// heard is what one connection was sent in one step.
type heard struct {
	raw      []byte
	replies  []string
	messages []string // of channels and of invalidated keys
	early    bool     // a message stands before a reply
}

// listen takes what was sent apart. Messages that Redis 7.0 sends within a reply
// or before it are taken out of there: 7.2 sends them behind it. What has no
// order of its own is sorted.
func listen(raw []byte, args []string) heard {
	h := heard{raw: raw}
	r := frames{rest: raw}
	for len(r.rest) > 0 {
		before := len(r.messages)
		text, message := r.next()
		inside := len(r.messages) - before
		if message {
			h.messages = append(h.messages, r.messages...)
			r.messages = nil
			continue
		}
		h.early = h.early || len(h.messages) > 0 || inside > 0
		h.messages = append(h.messages, r.messages...)
		r.messages = nil
		h.replies = append(h.replies, text)
	}
	h.messages = regroup(h.messages)
	if len(args) == 1 && strings.HasSuffix(args[0], "UNSUBSCRIBE") {
		// Of all channels there are, in any order.
		for i := range h.replies {
			h.replies[i] = strings.TrimRight(h.replies[i], "0123456789]")
		}
		slices.Sort(h.replies)
	}
	return h
}

// regroup sorts the messages that one message became through several patterns.
func regroup(messages []string) []string {
	for i := 0; i < len(messages); {
		j := i + 1
		for j < len(messages) && throughPattern(messages[i]) != "" && throughPattern(messages[i]) == throughPattern(messages[j]) {
			j++
		}
		slices.Sort(messages[i:j])
		i = j
	}
	return messages
}

// throughPattern is the channel and text of a message that came by a pattern.
func throughPattern(message string) string {
	parts := strings.SplitN(message, " ", 3)
	if len(parts) < 3 || !strings.HasSuffix(parts[0], "[pmessage") {
		return ""
	}
	return parts[2]
}

// frames reads replies as text, and the messages among and within them.
type frames struct {
	rest     []byte
	messages []string
}

// next reads a reply, or a message, which it adds to the messages.
func (r *frames) next() (text string, message bool) {
	line, rest, _ := bytes.Cut(r.rest, []byte("\r\n"))
	r.rest = rest
	kind, head := line[0], string(line[1:])
	switch kind {
	case '$', '=', '!':
		n, _ := strconv.Atoi(head)
		if n < 0 {
			return "null", false
		}
		text = string(r.rest[:n])
		r.rest = r.rest[n+2:]
		return text, false
	case '*', '%', '~', '>':
	default:
		return string(line), false
	}
	n, _ := strconv.Atoi(head)
	if n < 0 {
		return "null", false
	}
	if kind == '%' {
		n *= 2
	}
	var parts []string
	for len(parts) < n && len(r.rest) > 0 {
		if part, message := r.next(); !message {
			parts = append(parts, part)
		}
	}
	if len(parts) > 5 && parts[0] == "server" && parts[2] == "version" {
		parts = parts[4:6] // HELLO's: the version and the number of the client differ
	}
	text = string(kind) + "[" + strings.Join(parts, " ") + "]"
	if len(parts) > 0 && slices.Contains([]string{"message", "pmessage", "smessage", "invalidate"}, parts[0]) {
		// The reference writes the null of a flush as the client that tracks would
		// read it, not the one it is redirected to.
		r.messages = append(r.messages, strings.Replace(text, "invalidate _]", "invalidate null]", 1))
		return text, true
	}
	return text, false
}
