package main

import (
	"context"

	"basalt/bench/load"
)

// goalPublish is the processor time per delivered message against the
// reference's. At pipeline 1 it is mostly the kernel's, for what is written to
// each receiver.
const goalPublish = 0.5

// messageSize is the bytes of a message.
const messageSize = 64

// publishes are the rows of publish and subscribe. An operation is a message
// that one receiver has got.
func publishes(o options) []workload {
	var all []workload
	for _, pipeline := range []int{1, suitePipeline} {
		all = append(all,
			publish(o, "PUBLISH, 1 channel of 1,000", pipeline, load.PublishOptions{Channels: 1, Subscribers: 1000, Messages: 1500}),
			publish(o, "PUBLISH, 1,000 channels", pipeline, load.PublishOptions{Channels: 1000, Subscribers: 1, Messages: 150_000}),
			publish(o, "PUBLISH, 10,000 patterns", pipeline,
				load.PublishOptions{Channels: 1, Subscribers: 1, Patterns: 10_000, Match: true, Messages: 3000}),
		)
	}
	return all
}

func publish(o options, name string, pipeline int, po load.PublishOptions) workload {
	if o.quick {
		po.Messages /= 3
	}
	po.Conns, po.Pipeline, po.Size = clientCount, pipeline, messageSize
	var audience *load.Audience
	return workload{
		name: name, pipeline: pipeline, requests: po.Messages * po.Subscribers, needs: []string{"PUBLISH", "PSUBSCRIBE"},
		goal: goalPublish, setup: empty,
		renew: func(n *node) (err error) {
			po.Address = n.address
			audience, err = load.Subscribe(po)
			return err
		},
		run: func(context.Context, *node) (throughput, error) {
			defer audience.Close()
			r, err := audience.Publish()
			return throughput{rate: r.Rate()}, err
		},
	}
}
