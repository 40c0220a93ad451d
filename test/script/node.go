package script

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// node is a reply taken apart, for comparisons that are not byte for byte and
// for messages people read. kind is the first byte of its RESP form; text is
// what a line or bulk says; kids are the elements of an aggregate, keys and
// values in turn for a map.
type node struct {
	kind byte
	null bool
	text string
	kids []node
}

// parse takes a whole reply apart.
func parse(frame []byte) (node, error) {
	r := bufio.NewReader(bytes.NewReader(frame))
	n, err := parseNode(r)
	if err != nil {
		return n, fmt.Errorf("%q: %w", frame, err)
	}
	return n, nil
}

func parseNode(r *bufio.Reader) (node, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return node{}, err
	}
	if len(line) < 3 {
		return node{}, errors.New("short line")
	}
	n := node{kind: line[0], text: strings.TrimSuffix(line[1:], "\r\n")}
	switch n.kind {
	case '$', '=', '!':
		size, err := strconv.Atoi(n.text)
		if err != nil || size < 0 {
			n.null, n.text = true, ""
			return n, err
		}
		body := make([]byte, size+2)
		if _, err := io.ReadFull(r, body); err != nil {
			return n, err
		}
		n.text = string(body[:size])
	case '*', '%', '~', '>', '|':
		count, err := strconv.Atoi(n.text)
		n.text = ""
		if err != nil || count < 0 {
			n.null = true
			return n, err
		}
		if n.kind == '%' || n.kind == '|' {
			count *= 2
		}
		for range count {
			kid, err := parseNode(r)
			if err != nil {
				return n, err
			}
			n.kids = append(n.kids, kid)
		}
	}
	return n, nil
}

// Text writes a reply the way scripts expect it: lines as they are, bulks as
// $"...", aggregates as their sign and brackets around the elements.
func Text(frame []byte) string {
	n, err := parse(frame)
	if err != nil {
		return fmt.Sprintf("(no reply) %q", frame)
	}
	return n.String()
}

// String is the notation of Text.
func (n node) String() string {
	var b strings.Builder
	n.write(&b, true)
	return b.String()
}

func (n node) write(b *strings.Builder, top bool) {
	b.WriteByte(n.kind)
	switch n.kind {
	case '$', '=', '!':
		if n.null {
			b.WriteString("-1")
			return
		}
		b.WriteString(quote(n.text))
	case '*', '%', '~', '>', '|':
		if n.null {
			b.WriteString("-1")
			return
		}
		b.WriteByte('[')
		for i, kid := range n.kids {
			if i > 0 {
				b.WriteByte(' ')
			}
			kid.write(b, false)
		}
		b.WriteByte(']')
	case '+', '-':
		if top {
			b.WriteString(n.text)
		} else {
			b.WriteString(quote(n.text))
		}
	default:
		b.WriteString(n.text)
	}
}

// quote writes bytes so that a line of a script can hold them; long ones are
// cut in the middle, with their length, since nobody reads a megabyte.
func quote(s string) string {
	if len(s) > 20000 {
		return fmt.Sprintf("%s...(%d bytes)...%s", strconv.QuoteToASCII(s[:100]), len(s), strconv.QuoteToASCII(s[len(s)-100:]))
	}
	return strconv.QuoteToASCII(s)
}

// Strings returns the elements of an array, a set or a map of strings.
func Strings(frame []byte) ([]string, error) {
	n, err := parse(frame)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(n.kids))
	for i, kid := range n.kids {
		out[i] = kid.text
	}
	return out, nil
}

// Scanned takes the reply of a step of SCAN apart.
func Scanned(frame []byte) (cursor string, keys []string, err error) {
	n, err := parse(frame)
	if err != nil {
		return "", nil, err
	}
	if len(n.kids) != 2 {
		return "", nil, fmt.Errorf("not a step of an iteration: %s", n)
	}
	for _, kid := range n.kids[1].kids {
		keys = append(keys, kid.text)
	}
	return n.kids[0].text, keys, nil
}
