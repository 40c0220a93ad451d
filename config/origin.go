package config

import (
	"fmt"
	"strings"
)

// source is a kind of place that settings come from. Later ones win.
type source uint8

const (
	fromDefault source = iota
	fromFile           // the configuration file, what it includes, and stdin
	fromEnv
	fromArgs
)

// reason is an error in the words of Redis, which users and scripts look for:
// with its capitals and full stops.
type reason string

func (r reason) Error() string { return string(r) }

// Origin is the place of a setting.
type Origin struct {
	// Source names the place: a path, "stdin", "environment" or "command line".
	Source string
	// Line is the number of the line in a file, from 1, and 0 elsewhere.
	Line int
	// Text is the setting as written, passwords masked.
	Text string
}

// Error is why a server does not start: a setting that cannot be accepted.
type Error struct {
	Origin
	// Reason is what is wrong with it.
	Reason string
}

// Error returns an error about the setting at o.
func (o Origin) Error(text string) error { return &Error{o, text} }

// Error returns place and reason in one line.
func (e *Error) Error() string {
	switch {
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: '%s': %s", e.Source, e.Line, e.Text, e.Reason)
	case e.Text != "":
		return fmt.Sprintf("%s: '%s': %s", e.Source, e.Text, e.Reason)
	}
	return e.Reason
}

// Banner returns the message for standard error in the layout that Redis prints
// and scripts look for; product is the name and version of the server.
func (e *Error) Banner(product string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n*** FATAL CONFIG FILE ERROR (%s) ***\n", product)
	switch {
	case e.Line > 0:
		fmt.Fprintf(&b, "Reading the configuration file, at line %d of %s\n", e.Line, e.Source)
	case e.Source != "":
		fmt.Fprintf(&b, "Reading the %s\n", e.Source)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, ">>> '%s'\n", e.Text)
	}
	b.WriteString(e.Reason)
	b.WriteByte('\n')
	return b.String()
}
