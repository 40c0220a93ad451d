package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"basalt/internal/buckets"
)

// written is a distribution as the Prometheus library takes it, which is only
// asked for by scrapers that want native histograms.
type written struct {
	desc *prometheus.Desc
	out  dto.Metric
}

var _ prometheus.Metric = (*written)(nil)

// Desc implements prometheus.Metric.
func (w *written) Desc() *prometheus.Desc { return w.desc }

// Write implements prometheus.Metric.
func (w *written) Write(out *dto.Metric) error {
	out.Label, out.Histogram, out.Summary = w.out.Label, w.out.Histogram, w.out.Summary
	return nil
}

// metric copies d, one of the series of a row.
func (d *distribution) metric(row *described) *written {
	w := &written{desc: row.desc}
	labels := slices.Clone(d.labels)
	for i := range labels {
		w.out.Label = append(w.out.Label, &dto.LabelPair{Name: &row.labels[i], Value: &labels[i]})
	}
	count, sum := uint64(d.count), d.sum
	if row.kind == summary {
		w.out.Summary = &dto.Summary{SampleCount: &count, SampleSum: &sum}
		for _, q := range d.quantiles {
			w.out.Summary.Quantile = append(w.out.Summary.Quantile, &dto.Quantile{Quantile: &q.percent, Value: &q.value})
		}
		return w
	}
	h := &dto.Histogram{SampleCount: &count, SampleSum: &sum}
	for i, n := range d.below {
		below := uint64(n)
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: &d.bounds.values[i], CumulativeCount: &below})
	}
	if d.native != nil {
		writeNative(h, d.native)
	}
	w.out.Histogram = h
	return w
}

// writeNative adds the native buckets: runs of them as spans, and each as the
// difference from the one before.
func writeNative(h *dto.Histogram, counts *buckets.Counts) {
	schema, width, zeros := int32(buckets.Schema), float64(buckets.ZeroSeconds), uint64(0)
	h.Schema, h.ZeroThreshold, h.ZeroCount = &schema, &width, &zeros
	next, last := 0, int64(0)
	counts.Native(func(index int, zero bool, count int64) {
		if zero {
			zeros = uint64(count)
			return
		}
		if n := len(h.PositiveSpan); n != 0 && index == next {
			*h.PositiveSpan[n-1].Length++
		} else {
			// The first span is told from bucket 0, the others from the one before.
			offset, length := int32(index-next), uint32(1)
			h.PositiveSpan = append(h.PositiveSpan, &dto.BucketSpan{Offset: &offset, Length: &length})
		}
		h.PositiveDelta = append(h.PositiveDelta, count-last)
		next, last = index+1, count
	})
	if len(h.PositiveSpan) == 0 {
		// One of no length says that this is a native histogram without samples.
		offset, length := int32(0), uint32(0)
		h.PositiveSpan = append(h.PositiveSpan, &dto.BucketSpan{Offset: &offset, Length: &length})
	}
}
