package metrics

import (
	"strconv"

	"basalt/internal/buckets"
)

// distribution is one series of a histogram or summary in the form that all
// encodings are made from.
type distribution struct {
	labels []string // values, in the order of the row's names
	count  int64
	sum    float64
	// bounds are the ends of the classic buckets, below how many there were below
	// each.
	bounds *bounds
	below  []int64
	// native is what the native buckets of a histogram are made from, nil for one
	// that has none.
	native    *buckets.Counts
	quantiles []quantile
}

// quantile is the value below which so many percent stayed.
type quantile struct{ percent, value float64 }

// distribution returns the view's own, with these labels and nothing else.
func (v *view) distribution(labels ...string) *distribution {
	d := &v.scratch
	*d = distribution{labels: append(d.labels[:0], labels...), below: d.below[:0], quantiles: d.quantiles[:0]}
	return d
}

// bounds is the ends of classic buckets. Their texts are made once: a scrape
// holds thousands of them.
type bounds struct {
	from, to int64 // ns
	step     int   // octaves that each bucket spans
	values   []float64
	texts    []string
}

// boundsBetween returns those from one power of two ns to another, in units of so
// many ns.
func boundsBetween(from, to int64, step int, unit float64) *bounds {
	b := &bounds{from: from, to: to, step: step}
	b.each(&buckets.Counts{}, func(end, _ int64) {
		value := float64(end) / unit
		b.values = append(b.values, value)
		b.texts = append(b.texts, strconv.FormatFloat(value, 'g', -1, 64))
	})
	return b
}

// each calls f for each bound with what was counted below it.
func (b *bounds) each(c *buckets.Counts, f func(end, below int64)) {
	octave := 0
	c.Octaves(func(end, below int64) {
		if end < b.from || end > b.to {
			return
		}
		if octave%b.step == 0 {
			f(end, below)
		}
		octave++
	})
}

// classic makes the classic buckets.
func (d *distribution) classic(b *bounds, c *buckets.Counts) {
	d.bounds = b
	b.each(c, func(_, below int64) { d.below = append(d.below, below) })
}

// timeBounds are those of times in seconds: 15, each two octaves wide, up to
// 69 s.
var timeBounds = boundsBetween(1<<8, 1<<36, 2, 1e9)

// times makes a histogram of times in seconds with classic and native buckets: a
// scraper that speaks the protocol's binary form may take the native ones, all
// others see the classic ones. t has to stay as it is while d is in use.
func (d *distribution) times(t *Distribution) *distribution {
	d.count, d.sum, d.native = t.Counts.Total(), float64(t.Nanos)/1e9, &t.Counts
	d.classic(timeBounds, &t.Counts)
	return d
}
