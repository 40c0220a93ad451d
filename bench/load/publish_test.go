package load

import "testing"

func TestPublish(t *testing.T) {
	address := start(t)
	for _, o := range []PublishOptions{
		{Channels: 1, Subscribers: 30, Messages: 200},
		{Channels: 30, Subscribers: 2, Messages: 301},
		{Channels: 2, Subscribers: 1, Messages: 100, Patterns: 50, Match: true},
	} {
		o.Address, o.Conns, o.Pipeline, o.Size = address, 3, 4, 64
		a, err := Subscribe(o)
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.Publish()
		if err != nil || r.Requests != o.Messages*o.Subscribers {
			t.Errorf("%+v: %d deliveries, %v", o, r.Requests, err)
		}
		a.Close()
	}
}
