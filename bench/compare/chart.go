package main

import (
	"fmt"
	"io"
)

// The chart is a column of panels, each with a scale of its own, or the bars of
// a deep pipeline would vanish beside those of none:
//
//	test  ██████████████ 9.8
//	      ████████ 7.9        × 0.81
//
// Lengths are in the picture's units.
const (
	chartWidth  = 860.0
	chartMargin = 24.0
	labelWidth  = 230.0 // names, right up to the bars
	barWidthMax = 430.0
	barHeight   = 12.0
	barGap      = 2.0
	groupGap    = 12.0
	panelGap    = 26.0
	groupHeight = 2*barHeight + barGap
)

// Colours: the reference steps back, the ratio is read with our bar.
const (
	paper    = "#ffffff"
	ink      = "#1f2933"
	faintInk = "#616e7c"
	rule     = "#cbd2d9"
)

var barColours = [servers]string{reference: "#9aa5b1", ours: "#c2410c"}

// group is the bars of one name.
type group struct {
	name     string
	values   [servers]float64
	ratio    float64
	decimals int
}

// panel is groups that share a scale.
type panel struct {
	title  string
	groups []group
}

// persistTitles are of the panels of figures with these units.
var persistTitles = map[string]string{
	unitGrowth: "Memory of all processes at most, percent more than before",
	unitWait:   "Waits of one client while others write, ms",
	unitTimes:  "Waits against those without saving, times",
	unitTime:   "Time, s",
	unitSize:   "Files, MB",
	unitRate:   "SETs per second, appendfsync always: longer is better",
	unitCPU:    "Processor time of the server, appendfsync everysec, µs per SET",
}

// panels are processor time by pipeline, in the order of the runs, then memory,
// persistence and eviction.
func (r *report) panels() []panel {
	var all []panel
	index := map[string]int{}
	add := func(title, name string, f figure, decimals int) {
		i, ok := index[title]
		if !ok {
			i = len(all)
			index[title] = i
			all = append(all, panel{title: title})
		}
		all[i].groups = append(all[i].groups, group{
			name: name, ratio: f.ratio(), decimals: decimals,
			values: [servers]float64{f.median(reference), f.median(ours)},
		})
	}
	for _, t := range r.timings {
		title := fmt.Sprintf("Processor time of the server, µs per operation, pipeline %d", t.pipeline)
		if t.heavy {
			title += ", many elements each"
		}
		add(title, t.name, t.cpu(), 2)
	}
	for _, f := range r.figures {
		title := fmt.Sprintf("Memory, bytes per key of %d + %d", 16, valueSize)
		if f.unit != "bytes/key" {
			title = "Memory, bytes per connection"
		}
		add(title, f.name, f, 0)
	}
	for _, f := range r.persist {
		add(persistTitles[f.unit], f.name, f, 2)
	}
	for _, f := range r.eviction {
		if f.panel != "" {
			add(f.panel, f.label, f, 2)
		}
	}
	return all
}

// writeChart writes the picture.
func (r *report) writeChart(out io.Writer) error {
	var s svg
	y := chartMargin + 14
	s.text(chartMargin, y, left, 16, ink, r.title())
	y += 20
	s.text(chartMargin, y, left, 12, faintInk, r.method()+"; shorter is better")
	y += 16
	x := chartMargin
	for side := range servers {
		s.rect(x, y, barHeight, barHeight, barColours[side])
		s.text(x+barHeight+6, y+barHeight-1.5, left, 12, ink, side.String())
		x += 140
	}
	y += barHeight
	for _, p := range r.panels() {
		y = p.draw(&s, y+panelGap)
	}
	_, err := out.Write(s.document(chartWidth, y+chartMargin, paper))
	return err
}

// draw draws the panel below y and returns where it ends.
func (p panel) draw(s *svg, y float64) float64 {
	s.text(chartMargin, y+10, left, 13, ink, p.title)
	y += 18
	s.line(chartMargin, y, chartWidth-chartMargin, y, rule)
	y += groupGap - 2
	longest := 0.0
	for _, g := range p.groups {
		longest = max(longest, g.values[reference], g.values[ours])
	}
	for _, g := range p.groups {
		g.draw(s, y, longest)
		y += groupHeight + groupGap
	}
	return y - groupGap
}

// draw draws the bars of a group, the longest of the panel being barWidthMax.
func (g group) draw(s *svg, y, longest float64) {
	const x = chartMargin + labelWidth
	s.text(x-10, y+groupHeight/2+4, right, 12, ink, g.name)
	for side, value := range g.values {
		width := 0.0
		if longest > 0 {
			width = max(value, 0) / longest * barWidthMax
		}
		top := y + float64(side)*(barHeight+barGap)
		s.rect(x, top, width, barHeight, barColours[side])
		s.text(x+width+6, top+barHeight-2, left, 11, faintInk, fmt.Sprintf("%.*f", g.decimals, value))
	}
	if g.ratio > 0 {
		s.text(chartWidth-chartMargin, y+groupHeight/2+5, right, 14, ink, fmt.Sprintf("× %.2f", g.ratio))
	}
}
