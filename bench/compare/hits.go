package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"basalt/bench/load"
)

// Units of the figures of eviction.
const (
	unitHits  = "% hits"
	unitCount = "keys"
)

const (
	// hitKeyCount is the keys of a trace that come again.
	hitKeyCount = 100_000
	// hitMemory in bytes is maxmemory: of such values redis-server holds about a
	// seventh of the keys in it.
	hitMemory = 8 << 20
	// hitUses is the length of a trace. At hitRate uses per second it takes 20 s,
	// in which a cache is filled several times over: the clock of LRU is one of
	// seconds in both servers, and a cache whose keys are all a second old would
	// evict at random.
	hitUses = 240_000
	hitRate = 12_000
	// hitQuickRate is that of -quick, which has fewer servers to drive.
	hitQuickRate = 20_000
	// hitConns and hitBatch are of the client: pipelined, but less is under way
	// than would be a share of the cache.
	hitConns = 4
	hitBatch = 64
	// goalHits is the share of hits against the reference's.
	goalHits = 1.0
	hitSeed  = 1
)

// hitPolicy is a policy by which keys are evicted.
type hitPolicy struct {
	name     string
	volatile bool
	quick    bool // compared with -quick as well
	// against are the policies of the reference whose best it is held against,
	// itself if there are none.
	against []string
}

var hitPolicies = []hitPolicy{
	{name: "allkeys-lru", quick: true},
	{name: "allkeys-lfu", quick: true},
	{name: "allkeys-random"},
	{name: "volatile-lru", volatile: true},
	{name: "volatile-lfu", volatile: true},
	{name: "volatile-ttl", volatile: true},
	{name: "allkeys-tinylfu", quick: true, against: []string{"allkeys-lru", "allkeys-lfu"}},
}

// contest is a trace, and what came of it for each server and policy.
type contest struct {
	options  options
	programs programs
	trace    load.Trace
	policies []hitPolicy
}

// cacheRun is one server that is used as a cache.
type cacheRun struct {
	server server
	policy hitPolicy
	memory int64 // maxmemory
}

// cacheResult is what it did.
type cacheResult struct {
	percent float64 // of hits
	keys    float64 // that it held in the end
	keySize float64 // bytes of memory for each
}

// cacheResults are by server and policy.
type cacheResults [servers]map[string]cacheResult

// measureHits compares the share of hits of both servers as caches, at the same
// maxmemory, and at so much of it that ours holds as many keys as the reference:
// the one is what its user gets, the other is what the choice of keys does to it.
func measureHits(ctx context.Context, o options, p programs, rep *report) error {
	for i, trace := range load.Traces(hitKeyCount, hitUses, hitSeed) {
		name := "eviction: hits, " + trace.Name
		// Of the quick ones one is plain and one has scans.
		if !o.wanted(name) || o.quick && i != 1 && i != 3 {
			continue
		}
		c := contest{options: o, programs: p, trace: trace}
		for _, policy := range hitPolicies {
			if policy.quick || !o.quick {
				c.policies = append(c.policies, policy)
			}
		}
		begin := time.Now()
		if err := c.run(ctx, &rep.eviction); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		progress("%s: %s", name, time.Since(begin).Round(time.Second/10))
	}
	return nil
}

// run runs the trace on all servers at once: each sleeps nearly all the time,
// and hits do not depend on what a processor does meanwhile.
func (c *contest) run(ctx context.Context, to *collected) error {
	var runs []cacheRun
	for _, policy := range c.policies {
		if len(policy.against) == 0 {
			runs = append(runs, cacheRun{reference, policy, hitMemory})
		}
		runs = append(runs, cacheRun{ours, policy, hitMemory})
	}
	same, err := c.replayAll(ctx, runs)
	if err != nil {
		return err
	}
	runs = runs[:0]
	for _, policy := range c.policies {
		own := same[ours][policy.name]
		more := c.rival(same, policy).keys - own.keys
		runs = append(runs, cacheRun{ours, policy, hitMemory + int64(more*own.keySize)})
	}
	level, err := c.replayAll(ctx, runs)
	if err != nil {
		return err
	}
	c.collect(to, same, level)
	return nil
}

// rival is the result that a policy of ours is held against.
func (c *contest) rival(results cacheResults, policy hitPolicy) cacheResult {
	best := results[reference][policy.name]
	for _, name := range policy.against {
		if r := results[reference][name]; r.percent > best.percent {
			best = r
		}
	}
	return best
}

// collect adds the figures: of each policy at the same memory, with the keys held,
// and with as many keys.
func (c *contest) collect(to *collected, same, level cacheResults) {
	for _, policy := range c.policies {
		rival, own := c.rival(same, policy), same[ours][policy.name]
		label := policy.name
		if len(policy.against) > 0 {
			label += " to best"
		}
		add := func(f figure, their, our float64) {
			f.name = c.trace.Name + ", " + f.label
			to.add(f, reference, their)
			to.add(f, ours, our)
		}
		title := "Hits of a cache, " + c.trace.Name + ", percent at the same "
		hits := figure{unit: unitHits, more: true, goal: goalHits, isRate: true}
		hits.label, hits.panel = label, title+"maxmemory: longer is better"
		add(hits, rival.percent, own.percent)
		add(figure{unit: unitCount, more: true, label: label + ", held"}, rival.keys, own.keys)
		hits.label, hits.panel = label+", as many", title+"number of keys: longer is better"
		// What is left is chance and a few keys more or less: no goal.
		hits.goal = 0
		add(hits, rival.percent, level[ours][policy.name].percent)
		add(figure{unit: unitCount, more: true, label: label + ", as many, held"}, rival.keys, level[ours][policy.name].keys)
	}
}

// replayAll does the runs side by side.
func (c *contest) replayAll(ctx context.Context, runs []cacheRun) (cacheResults, error) {
	results := cacheResults{{}, {}}
	var mu sync.Mutex // of results and errs
	var errs []error
	var wg sync.WaitGroup
	for _, run := range runs {
		wg.Go(func() {
			result, err := c.replay(ctx, run)
			mu.Lock()
			defer mu.Unlock()
			results[run.server][run.policy.name] = result
			if err != nil {
				errs = append(errs, fmt.Errorf("%s, %s: %w", run.server, run.policy.name, err))
			}
		})
	}
	wg.Wait()
	return results, errors.Join(errs...)
}

// replay starts a server and replays the trace.
func (c *contest) replay(ctx context.Context, run cacheRun) (result cacheResult, err error) {
	n, err := startNode(c.options, c.programs, run.server,
		"--maxmemory", strconv.FormatInt(run.memory, 10), "--maxmemory-policy", run.policy.name)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	before, err := n.InfoInt("memory", "used_memory")
	if err != nil {
		return result, err
	}
	rate := hitRate
	if c.options.quick {
		rate = hitQuickRate
	}
	r, err := load.RunCache(ctx, load.CacheOptions{
		Address: n.address, Conns: hitConns, Batch: hitBatch, Rate: rate,
		Volatile: run.policy.volatile, Trace: c.trace,
	})
	if err != nil {
		return result, err
	}
	after, err := n.InfoInt("memory", "used_memory")
	if err != nil {
		return result, err
	}
	size, err := n.Do("DBSIZE")
	if err != nil {
		return result, err
	}
	keys := float64(max(size.Int(), 1))
	return cacheResult{percent: 100 * r.Ratio(), keys: keys, keySize: float64(after-before) / keys}, nil
}
