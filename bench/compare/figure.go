package main

import "slices"

// figure is one number of both servers, with what the rounds gave.
type figure struct {
	name   string
	unit   string
	values [servers][]float64
	more   bool    // whether more is better
	goal   float64 // what we want; 0: nothing particular
	isRate bool    // whether goal is a ratio to the reference rather than a value
	panel  string  // title of its panel in the chart, where the unit does not say it
	label  string  // and what it is called there
}

// collected are figures in the order of their first values.
type collected []figure

// add adds a value of one server to the figure with f's name.
func (c *collected) add(f figure, s server, value float64) {
	i := slices.IndexFunc(*c, func(have figure) bool { return have.name == f.name })
	if i < 0 {
		i = len(*c)
		*c = append(*c, f)
	}
	(*c)[i].values[s] = append((*c)[i].values[s], value)
}

// median is the middle of the rounds, the mean of both middles when their count
// is even, and 0 without any.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

func (f figure) median(s server) float64 { return median(f.values[s]) }

// best is the round that noise disturbed least.
func (f figure) best(s server) float64 {
	switch {
	case len(f.values[s]) == 0:
		return 0
	case f.more:
		return slices.Max(f.values[s])
	}
	return slices.Min(f.values[s])
}

// ratio is ours against the reference, 0 when there is nothing to divide by.
func (f figure) ratio() float64 {
	if f.median(reference) == 0 {
		return 0
	}
	return f.median(ours) / f.median(reference)
}

// rates, cpu and p99 are the figures of a timing.
func (t timing) rates() figure {
	return t.figure("rate", "requests/s", func(s sample) float64 { return s.rate })
}

func (t timing) cpu() figure {
	f := t.figure("cpu", "us/op", func(s sample) float64 { return s.cpuMicros })
	f.goal, f.isRate = t.goal, true
	return f
}

func (t timing) p99() figure {
	return t.figure("p99", "ms", func(s sample) float64 { return s.p99Ms })
}

func (t timing) figure(name, unit string, value func(sample) float64) figure {
	f := figure{name: name, unit: unit, more: name == "rate"}
	for s := range servers {
		for _, one := range t.samples[s] {
			f.values[s] = append(f.values[s], value(one))
		}
	}
	return f
}

// wish is the goal in words: "x 0.50" is a share of the reference's.
func (f figure) wish() string {
	switch goal := number(f.goal, 2); {
	case goal == "":
		return ""
	case f.isRate:
		return "x " + goal
	default:
		return goal
	}
}
