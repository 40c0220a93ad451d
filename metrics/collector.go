package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector turns snapshots into metrics. It is a prometheus.Collector and may
// be used by several scrapes at a time.
type Collector struct {
	exchange *Exchange
	process  func(*Process)
	rows     []described
}

// described is a row of the catalog with its description.
type described struct {
	metric
	desc *prometheus.Desc
}

var _ prometheus.Collector = (*Collector)(nil)

// NewCollector returns a collector of what is published to exchange. process
// fills in the figures of the process; it is called by each scrape, on its
// goroutine.
func NewCollector(exchange *Exchange, process func(*Process)) *Collector {
	c := &Collector{exchange: exchange, process: process}
	for _, g := range catalog() {
		for _, m := range g.metrics {
			c.rows = append(c.rows, described{m, prometheus.NewDesc(m.name, m.help, m.labels, nil)})
		}
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for i := range c.rows {
		ch <- c.rows[i].desc
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	var series []prometheus.Metric
	c.look(func(v *view) {
		for i := range c.rows {
			c.rows[i].collect(v, func(m prometheus.Metric) { series = append(series, m) })
		}
	})
	// Outside look: the channel's other end may be slow.
	for _, m := range series {
		ch <- m
	}
}

// look calls f with the newest figures, which are good until it returns.
func (c *Collector) look(f func(*view)) {
	var p Process
	c.process(&p)
	c.exchange.read(func(s *Snapshot) { f(&view{Snapshot: s, Process: p, now: time.Now()}) })
}

// collect adds the series of one row.
func (d *described) collect(v *view, add func(prometheus.Metric)) {
	if d.distribution != nil {
		d.distribution(v, func(of *distribution) { add(of.metric(d)) })
		return
	}
	kind := prometheus.GaugeValue
	if d.kind == counter {
		kind = prometheus.CounterValue
	}
	each := func(value float64, labels ...string) {
		add(prometheus.MustNewConstMetric(d.desc, kind, value, labels...))
	}
	if d.value != nil {
		each(d.value(v))
		return
	}
	d.each(v, each)
}

// text appends all metrics in the text format to dst.
func (c *Collector) text(dst []byte) []byte {
	e := textEncoder{dst}
	c.look(func(v *view) {
		for i := range c.rows {
			e.row(&c.rows[i].metric, v)
		}
	})
	return e.b
}
