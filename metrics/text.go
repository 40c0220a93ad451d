package metrics

import "strconv"

// textEncoder writes rows of the catalog in Prometheus's text format. It goes
// from the figures to the bytes at once: making the objects of the Prometheus
// library of thousands of series, checking and sorting them took ten times as
// long, on a processor that clients need.
type textEncoder struct{ b []byte }

// row writes a row with all its series, and nothing if there are none.
func (e *textEncoder) row(m *metric, v *view) {
	from := len(e.b)
	e.b = append(append(append(append(e.b, "# HELP "...), m.name...), ' '), m.help...)
	e.b = append(append(append(append(e.b, "\n# TYPE "...), m.name...), ' '), m.kind...)
	e.b = append(e.b, '\n')
	head := len(e.b)
	switch {
	case m.distribution != nil:
		m.distribution(v, func(d *distribution) { e.distribution(m, d) })
	case m.value != nil:
		e.sample(m.name, "", nil, nil, "", "", m.value(v))
	default:
		m.each(v, func(value float64, labels ...string) { e.sample(m.name, "", m.labels, labels, "", "", value) })
	}
	if len(e.b) == head {
		e.b = e.b[:from]
	}
}

func (e *textEncoder) distribution(m *metric, d *distribution) {
	if m.kind == summary {
		for _, q := range d.quantiles {
			e.sample(m.name, "", m.labels, d.labels, "quantile", strconv.FormatFloat(q.percent, 'g', -1, 64), q.value)
		}
	} else {
		for i, n := range d.below {
			e.sample(m.name, "_bucket", m.labels, d.labels, "le", d.bounds.texts[i], float64(n))
		}
		e.sample(m.name, "_bucket", m.labels, d.labels, "le", "+Inf", float64(d.count))
	}
	e.sample(m.name, "_sum", m.labels, d.labels, "", "", d.sum)
	e.sample(m.name, "_count", m.labels, d.labels, "", "", float64(d.count))
}

// sample writes one line; last is the name of a label beyond those of the row,
// "" for none.
func (e *textEncoder) sample(name, suffix string, names, values []string, last, lastValue string, value float64) {
	b := append(append(e.b, name...), suffix...)
	sep := byte('{')
	for i := range names {
		b = appendLabel(append(b, sep), names[i], values[i])
		sep = ','
	}
	if last != "" {
		b = appendLabel(append(b, sep), last, lastValue)
		sep = ','
	}
	if sep == ',' {
		b = append(b, '}')
	}
	e.b = append(appendFigure(append(b, ' '), value), '\n')
}

// appendLabel appends a label, in which three characters are escaped.
func appendLabel(b []byte, name, value string) []byte {
	b = append(append(b, name...), '=', '"')
	from := 0
	for i := range len(value) {
		switch value[i] {
		case '\\', '"':
			b = append(append(b, value[from:i]...), '\\')
			from = i
		case '\n':
			b = append(append(b, value[from:i]...), '\\', 'n')
			from = i + 1
		}
	}
	return append(append(b, value[from:]...), '"')
}

// appendFigure appends a value: whole ones, which most are, without an exponent.
func appendFigure(b []byte, value float64) []byte {
	const exact = 1 << 53
	if n := int64(value); value > -exact && value < exact && float64(n) == value {
		return strconv.AppendInt(b, n, 10)
	}
	return strconv.AppendFloat(b, value, 'g', -1, 64)
}
