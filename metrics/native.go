package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"basalt/internal/buckets"
)

// times is a histogram of times in seconds with classic and native buckets: a
// scraper that speaks the protocol's binary form may take the native ones, all
// others see the classic ones.
type times struct {
	desc   *prometheus.Desc
	counts buckets.Counts
	nanos  int64
	labels []*dto.LabelPair
}

var _ prometheus.Metric = (*times)(nil)

func newTimes(desc *prometheus.Desc, d *Distribution, labels []*dto.LabelPair) *times {
	return &times{desc: desc, counts: d.Counts, nanos: d.Nanos, labels: labels}
}

// Desc implements prometheus.Metric.
func (t *times) Desc() *prometheus.Desc { return t.desc }

const (
	// classicFrom is the end in ns of the first classic bucket, classicStep how
	// many octaves each of the others spans: 15 of them, up to 69 s.
	classicFrom = 1 << 8
	classicStep = 2
)

// Write implements prometheus.Metric.
func (t *times) Write(out *dto.Metric) error {
	total := uint64(t.counts.Total())
	sum := float64(t.nanos) / 1e9
	h := &dto.Histogram{SampleCount: &total, SampleSum: &sum}
	octave := 0
	t.counts.Octaves(func(end, below int64) {
		if end < classicFrom {
			return
		}
		if octave++; (octave-1)%classicStep != 0 {
			return
		}
		bound, count := float64(end)/1e9, uint64(below)
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: &bound, CumulativeCount: &count})
	})
	t.writeNative(h)
	out.Label, out.Histogram = t.labels, h
	return nil
}

// writeNative adds the native buckets: runs of them as spans, and each as the
// difference from the one before.
func (t *times) writeNative(h *dto.Histogram) {
	schema, width, zeros := int32(buckets.Schema), float64(buckets.ZeroSeconds), uint64(0)
	h.Schema, h.ZeroThreshold, h.ZeroCount = &schema, &width, &zeros
	next, last := 0, int64(0)
	t.counts.Native(func(index int, zero bool, count int64) {
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
