package test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"basalt/test/harness"
)

// goRedisMessages subscribes and publishes as applications do and writes down
// what it gets.
func goRedisMessages(c *redis.Client) []string {
	ctx, cancel := context.WithTimeout(context.Background(), harness.Patience)
	defer cancel()
	var log []string
	note := func(what string, value any, err error) {
		log = append(log, fmt.Sprintf("%s: %v %v", what, value, err))
	}
	next := func(ps *redis.PubSub) {
		m, err := ps.Receive(ctx)
		note("received", m, err)
	}

	ps := c.Subscribe(ctx, "a", "b")
	defer ps.Close()
	next(ps)
	next(ps)
	n, err := c.Publish(ctx, "a", "one").Result()
	note("publish", n, err)
	n, err = c.Publish(ctx, "b", strings.Repeat("large", 20_000)).Result()
	note("publish", n, err)
	n, err = c.Publish(ctx, "nobody", "two").Result()
	note("publish", n, err)
	next(ps)
	next(ps)
	note("psubscribe", nil, ps.PSubscribe(ctx, "a*", "?"))
	next(ps)
	next(ps)
	n, err = c.Publish(ctx, "ab", "three").Result()
	note("publish", n, err)
	next(ps)
	note("ping", nil, ps.Ping(ctx, "words"))
	next(ps)
	channels, err := c.PubSubChannels(ctx, "*").Result()
	slices.Sort(channels)
	note("channels", channels, err)
	counts, err := c.PubSubNumSub(ctx, "a", "absent").Result()
	note("numsub", counts, err)
	n, err = c.PubSubNumPat(ctx).Result()
	note("numpat", n, err)
	note("unsubscribe", nil, ps.Unsubscribe(ctx, "a"))
	next(ps)
	note("punsubscribe", nil, ps.PUnsubscribe(ctx, "a*"))
	next(ps)
	n, err = c.Publish(ctx, "a", "four").Result() // "?" is left
	note("publish", n, err)
	next(ps)

	shard := c.SSubscribe(ctx, "s")
	defer shard.Close()
	next(shard)
	n, err = c.SPublish(ctx, "s", "five").Result()
	note("spublish", n, err)
	next(shard)
	channels, err = c.PubSubShardChannels(ctx, "").Result()
	note("shard channels", channels, err)
	counts, err = c.PubSubShardNumSub(ctx, "s").Result()
	note("shard numsub", counts, err)

	// The library's channel, fed while many publish.
	many := c.Subscribe(ctx, "many")
	defer many.Close()
	next(many)
	messages := many.Channel(redis.WithChannelSize(1000))
	_, err = c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range 500 {
			p.Publish(ctx, "many", i)
		}
		return nil
	})
	note("pipeline", nil, err)
	for i := range 500 {
		select {
		case m := <-messages:
			if m == nil || m.Payload != fmt.Sprint(i) {
				note("out of order", m, nil)
			}
		case <-ctx.Done():
			note("waited in vain for", i, nil)
			return log
		}
	}
	return log
}

// goRedisTransactions makes transactions by pipelines, with what goes wrong.
func goRedisTransactions(c *redis.Client) []string {
	ctx, cancel := context.WithTimeout(context.Background(), harness.Patience)
	defer cancel()
	var log []string
	note := func(what string, commands []redis.Cmder, err error) {
		log = append(log, fmt.Sprintf("%s: %v", what, err))
		for _, cmd := range commands {
			log = append(log, fmt.Sprintf("  %v", cmd))
		}
	}
	commands, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "k", "v", 0)
		p.Get(ctx, "k")
		p.Get(ctx, "absent")
		p.HSet(ctx, "h", "f", "v")
		p.HGetAll(ctx, "h")
		p.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "m"})
		p.ZRangeWithScores(ctx, "z", 0, -1)
		p.SAdd(ctx, "s", "a")
		p.SMembers(ctx, "s")
		p.Publish(ctx, "c", "m")
		return nil
	})
	note("transaction", commands, err)
	commands, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "k", "text", 0)
		p.Incr(ctx, "k")
		p.LPush(ctx, "k", "x")
		p.Append(ctx, "k", "more")
		return nil
	})
	note("errors inside", commands, err)
	commands, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "k", "never", 0)
		p.Do(ctx, "nonsense")
		return nil
	})
	note("refused", commands, err)
	note("after it", []redis.Cmder{c.Get(ctx, "k")}, nil)

	err = c.Watch(ctx, func(tx *redis.Tx) error {
		v, err := tx.Get(ctx, "k").Result()
		note("watched "+v, nil, err)
		commands, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "k", v+"!", 0)
			return nil
		})
		note("untouched", commands, err)
		return err
	}, "k")
	note("watch", nil, err)
	err = c.Watch(ctx, func(tx *redis.Tx) error {
		c.Set(ctx, "k", "theirs", 0)
		_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "k", "ours", 0)
			return nil
		})
		note("touched", nil, err)
		return err
	}, "k", "absent")
	note("watch", nil, err)
	note("after it", []redis.Cmder{c.Get(ctx, "k")}, nil)
	return log
}

// TestGoRedisSessions compares what the go-redis library gets from both servers
// of messages and transactions.
func TestGoRedisSessions(t *testing.T) {
	t.Parallel()
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprint("proto=", proto), func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				reference, ours := startRedis(t, harness.Options{}), startBasalt(t, threads, harness.Options{})
				for _, session := range []func(*redis.Client) []string{goRedisMessages, goRedisTransactions} {
					wanted, got := session(goRedis(t, reference, proto)), session(goRedis(t, ours, proto))
					for i := range max(len(wanted), len(got)) {
						var w, g string
						if i < len(wanted) {
							w = wanted[i]
						}
						if i < len(got) {
							g = got[i]
						}
						if w != g {
							t.Errorf("want %s\n got %s", shorten(w), shorten(g))
						}
					}
				}
			})
		})
	}
}

// TestGoRedisLocking moves money between accounts under optimistic locking, with
// many that do so at once: none is made, none is lost.
func TestGoRedisLocking(t *testing.T) {
	t.Parallel()
	const accounts, workers, transfers, each = 4, 8, 40, 1000
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprint("proto=", proto), func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				c := goRedis(t, startBasalt(t, threads, harness.Options{}), proto)
				ctx := context.Background()
				for i := range accounts {
					c.Set(ctx, fmt.Sprint("account:", i), each, 0)
				}
				var refused atomic.Int64
				var wg sync.WaitGroup
				for worker := range workers {
					wg.Go(func() {
						for i := range transfers {
							from := fmt.Sprint("account:", (worker+i)%accounts)
							to := fmt.Sprint("account:", (worker+i+1+i%3)%accounts)
							if from == to {
								continue
							}
							if err := transfer(ctx, c, from, to, 1+i%7, &refused); err != nil {
								t.Errorf("%s to %s: %v", from, to, err)
								return
							}
						}
					})
				}
				wg.Wait()
				sum := 0
				for i := range accounts {
					n, err := c.Get(ctx, fmt.Sprint("account:", i)).Int()
					if err != nil {
						t.Fatal(err)
					}
					sum += n
				}
				if sum != accounts*each {
					t.Errorf("the accounts hold %d, want %d", sum, accounts*each)
				}
				if done := c.Get(ctx, "transfers").Val(); done != c.Get(ctx, "counted").Val() {
					t.Errorf("%s transfers were done, %s counted", done, c.Get(ctx, "counted").Val())
				}
				t.Logf("%d were refused", refused.Load())
			})
		})
	}
}

// transfer tries until nobody comes between.
func transfer(ctx context.Context, c *redis.Client, from, to string, amount int, refused *atomic.Int64) error {
	for {
		err := c.Watch(ctx, func(tx *redis.Tx) error {
			a, err := tx.Get(ctx, from).Int()
			if err != nil {
				return err
			}
			b, err := tx.Get(ctx, to).Int()
			if err != nil {
				return err
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.Set(ctx, from, a-amount, 0)
				p.Set(ctx, to, b+amount, 0)
				p.Incr(ctx, "transfers")
				return nil
			})
			return err
		}, from, to)
		if errors.Is(err, redis.TxFailedErr) {
			refused.Add(1)
			continue
		}
		if err == nil {
			err = c.Incr(ctx, "counted").Err()
		}
		return err
	}
}
