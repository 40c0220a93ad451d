package test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"basalt/test/harness"
)

// goRedis connects the real client library to a server.
func goRedis(t *testing.T, s *harness.Server, proto int) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Network: "unix", Addr: s.Socket, Protocol: proto, ClientName: "session", PoolSize: 8,
		DialTimeout: harness.Patience, ReadTimeout: harness.Patience, WriteTimeout: harness.Patience, MaxRetries: -1,
	})
	t.Cleanup(func() { c.Close() })
	return c
}

// goRedisSession uses the library as applications do and writes down what it
// gets.
func goRedisSession(c *redis.Client) []string {
	ctx := context.Background()
	var log []string
	note := func(what string, value any, err error) {
		log = append(log, fmt.Sprintf("%s: %v %v", what, value, err))
	}
	far := time.Unix(33177117420, 0)

	v, err := c.Set(ctx, "k", "v", 0).Result()
	note("set", v, err)
	v, err = c.Get(ctx, "k").Result()
	note("get", v, err)
	_, err = c.Get(ctx, "absent").Result()
	note("get absent", errors.Is(err, redis.Nil), err)
	ok, err := c.SetNX(ctx, "k", "w", time.Hour).Result()
	note("setnx", ok, err)
	ok, err = c.SetXX(ctx, "k", "w", redis.KeepTTL).Result()
	note("setxx", ok, err)
	v, err = c.SetArgs(ctx, "k", "x", redis.SetArgs{Mode: "XX", Get: true, ExpireAt: far}).Result()
	note("set args", v, err)
	d, err := c.ExpireTime(ctx, "k").Result()
	note("expiretime", d, err)
	v, err = c.GetEx(ctx, "k", 0).Result()
	note("getex persist", v, err)
	d, err = c.TTL(ctx, "k").Result()
	note("ttl", d, err)
	d, err = c.TTL(ctx, "absent").Result()
	note("ttl absent", d, err)
	v, err = c.GetDel(ctx, "k").Result()
	note("getdel", v, err)
	n, err := c.IncrBy(ctx, "n", 41).Result()
	note("incrby", n, err)
	f, err := c.IncrByFloat(ctx, "n", 0.5).Result()
	note("incrbyfloat", f, err)
	n, err = c.Incr(ctx, "n").Result()
	note("incr of a float", n, err)
	note("mset", c.MSet(ctx, "a", 1, "b", 2.5, "c", true, "d", []byte{0, 255}).Val(), nil)
	all, err := c.MGet(ctx, "a", "b", "absent", "c", "d").Result()
	note("mget", all, err)
	ok, err = c.MSetNX(ctx, "a", 1, "z", 2).Result()
	note("msetnx", ok, err)
	n, err = c.Append(ctx, "s", strings.Repeat("big", 50_000)).Result()
	note("append", n, err)
	v, err = c.GetRange(ctx, "s", -4, -1).Result()
	note("getrange", v, err)
	lcs, err := c.LCS(ctx, &redis.LCSQuery{Key1: "a", Key2: "b", Idx: true, WithMatchLen: true}).Result()
	note("lcs", lcs, err)
	ok, err = c.ExpireNX(ctx, "a", time.Hour).Result()
	note("expirenx", ok, err)
	ok, err = c.ExpireGT(ctx, "a", time.Minute).Result()
	note("expiregt", ok, err)
	n, err = c.Exists(ctx, "a", "b", "absent").Result()
	note("exists", n, err)
	v, err = c.Type(ctx, "a").Result()
	note("type", v, err)
	v, err = c.ObjectEncoding(ctx, "a").Result()
	note("encoding", v, err)
	n, err = c.Copy(ctx, "a", "copy", 0, true).Result()
	note("copy", n, err)
	err = c.Rename(ctx, "absent", "x").Err()
	note("rename absent", nil, err)
	err = c.Do(ctx, "nonsense", "word").Err()
	note("nonsense", nil, err)
	err = c.Do(ctx, "SET", "k").Err()
	note("arity", nil, err)

	commands, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range 300 {
			p.Set(ctx, fmt.Sprint("p", i), i, 0)
			p.Get(ctx, fmt.Sprint("p", i))
		}
		p.Get(ctx, "absent")
		return nil
	})
	note("pipeline", len(commands), err)
	for i := 1; i < 600; i += 60 {
		note("of it", commands[i].(*redis.StringCmd).Val(), commands[i].Err())
	}
	var scanned []string
	iterator := c.Scan(ctx, 0, "p*", 17).Iterator()
	for iterator.Next(ctx) {
		scanned = append(scanned, iterator.Val())
	}
	slices.Sort(scanned)
	note("scan", slices.Compact(scanned), iterator.Err())
	keys, err := c.Keys(ctx, "p1?").Result()
	slices.Sort(keys)
	note("keys", keys, err)
	n, err = c.DBSize(ctx).Result()
	note("dbsize", n, err)
	settings, err := c.ConfigGet(ctx, "maxmemory*").Result()
	note("config get", settings, err)
	err = c.ConfigSet(ctx, "maxmemory", "nonsense").Err()
	note("config set", nil, err)
	name, err := c.ClientGetName(ctx).Result()
	note("client name", name, err)
	info, err := c.Info(ctx, "keyspace").Result()
	note("info", strings.Count(info, "db0:keys="), err)
	_, err = c.Time(ctx).Result()
	note("time", nil, err)
	_, err = c.MemoryUsage(ctx, "a").Result()
	note("memory usage", nil, err)
	logs, err := c.SlowLogGet(ctx, 10).Result()
	note("slowlog", len(logs) >= 0, err)
	table, err := c.Command(ctx).Result()
	note("command", fmt.Sprint(table["get"].Arity, table["get"].Flags, table["get"].ACLFlags), err)
	note("flush", c.FlushAllAsync(ctx).Val(), nil)
	n, err = c.DBSize(ctx).Result()
	note("dbsize", n, err)
	return log
}

// TestGoRedis compares what a session of the go-redis library gets from both
// servers.
func TestGoRedis(t *testing.T) {
	t.Parallel()
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprint("proto=", proto), func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				wanted := goRedisSession(goRedis(t, startRedis(t, harness.Options{}), proto))
				got := goRedisSession(goRedis(t, startBasalt(t, threads, harness.Options{}), proto))
				for i := range wanted {
					if wanted[i] != got[i] {
						t.Errorf("want %s\n got %s", shorten(wanted[i]), shorten(got[i]))
					}
				}
			})
		})
	}
}

// TestGoRedisPool has many goroutines share a pool of connections, each with
// keys of its own that must be what it made them.
func TestGoRedisPool(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		c := goRedis(t, startBasalt(t, threads, harness.Options{}), 3)
		ctx := context.Background()
		var wg sync.WaitGroup
		for worker := range 16 {
			wg.Go(func() {
				for i := range 200 {
					key := fmt.Sprintf("w%d:%d", worker, i%7)
					value := strings.Repeat(fmt.Sprint(worker, ".", i, ";"), 1+i%50)
					if err := c.Set(ctx, key, value, time.Hour).Err(); err != nil {
						t.Error(err)
						return
					}
					if got, err := c.Get(ctx, key).Result(); err != nil || got != value {
						t.Errorf("%s: %q %v", key, shorten(got), err)
						return
					}
					if err := c.Incr(ctx, "total").Err(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if total := c.Get(ctx, "total").Val(); total != "3200" {
			t.Errorf("counted to %s", total)
		}
	})
}
