package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// svg collects the few shapes a bar chart is made of.
type svg struct {
	body bytes.Buffer
}

// anchor says which end of a text its position is.
type anchor string

const (
	left  anchor = "start"
	right anchor = "end"
)

func (s *svg) rect(x, y, width, height float64, fill string) {
	fmt.Fprintf(&s.body, "<rect x=%q y=%q width=%q height=%q rx=\"2\" fill=%q/>\n",
		coordinate(x), coordinate(y), coordinate(width), coordinate(height), fill)
}

func (s *svg) line(x1, y1, x2, y2 float64, stroke string) {
	fmt.Fprintf(&s.body, "<line x1=%q y1=%q x2=%q y2=%q stroke=%q/>\n",
		coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2), stroke)
}

func (s *svg) text(x, y float64, at anchor, size int, fill, text string) {
	fmt.Fprintf(&s.body, "<text x=%q y=%q text-anchor=%q font-size=\"%d\" fill=%q>",
		coordinate(x), coordinate(y), string(at), size, fill)
	_ = xml.EscapeText(&s.body, []byte(text))
	s.body.WriteString("</text>\n")
}

// document is the whole picture on a background of its own: a page that shows it
// may be dark.
func (s *svg) document(width, height float64, background string) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=%[1]q height=%[2]q viewBox=\"0 0 %[1]s %[2]s\" "+
		"font-family=\"'DejaVu Sans', Verdana, sans-serif\">\n", coordinate(width), coordinate(height))
	fmt.Fprintf(&out, "<rect width=\"100%%\" height=\"100%%\" fill=%q/>\n", background)
	out.Write(s.body.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// coordinate is a length in the picture's units, to a tenth.
func coordinate(n float64) string { return fmt.Sprintf("%.1f", n) }
