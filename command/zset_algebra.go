package command

import (
	"math"
	"slices"

	"basalt/db"
)

// zinput is a set or sorted set that takes part, with the weight of its scores;
// a key that is absent has no entry.
type zinput struct {
	e      *db.Entry
	weight float64
}

func (in *zinput) len() int {
	if in.e == nil {
		return 0
	}
	return in.e.ScoredLen()
}

// weighted returns the score of a member times the weight.
func (in *zinput) weighted(score float64) float64 {
	if score *= in.weight; math.IsNaN(score) {
		return 0
	}
	return score
}

// zoperation is what ZUNION and those like it are asked for.
type zoperation struct {
	kind      byte // 'u', 'i' or 'd'
	store     bool
	count     bool // only the number of members, up to limit
	aggregate db.Aggregate
	scores    bool
	limit     int64
}

// zinputsMax is for how many keys no memory is needed.
const zinputsMax = 16

// parseZOperation reads all arguments from the number of keys on, and looks the
// keys up in between, as Redis does. It appends the inputs to few; they are no
// part of the operation, from which the compiler would not see that they stay
// on the stack.
func (c *Context) parseZOperation(o *zoperation, few []zinput) (inputs []zinput, ok bool) {
	i := 1
	if o.store {
		i = 2
	}
	n, ok := c.integer(i)
	if !ok {
		return nil, false
	}
	if n < 1 {
		c.Error("ERR at least 1 input key is needed for '" + c.Row.FullName + "' command")
		return nil, false
	}
	if n > int64(len(c.Args)-i-1) {
		c.Error(errSyntax)
		return nil, false
	}
	end := i + 1 + int(n)
	inputs = few
	for k := i + 1; k < end; k++ {
		e := c.LookupRead(k)
		if e != nil && e.Type() != db.TypeZSet && e.Type() != db.TypeSet {
			c.Error(errWrongType)
			return nil, false
		}
		inputs = append(inputs, zinput{e, 1})
	}
	return inputs, c.parseZOptions(o, inputs, end)
}

func (c *Context) parseZOptions(o *zoperation, inputs []zinput, i int) bool {
	n := len(inputs)
	for i < len(c.Args) {
		left, b := len(c.Args)-i, c.Args[i]
		switch {
		case o.kind != 'd' && !o.count && left > n && equalFold(b, "weights"):
			for k := range inputs {
				var ok bool
				if inputs[k].weight, ok = c.float(i+1+k, errWeight); !ok {
					return false
				}
			}
			i += n + 1
		case o.kind != 'd' && !o.count && left >= 2 && equalFold(b, "aggregate"):
			if !c.parseAggregate(o, c.Args[i+1]) {
				return false
			}
			i += 2
		case !o.store && !o.count && equalFold(b, "withscores"):
			o.scores = true
			i++
		case o.count && left >= 2 && equalFold(b, "limit"):
			var ok bool
			if o.limit, ok = parseInt(c.Args[i+1]); !ok || o.limit < 0 {
				c.Error(errLimitNegative)
				return false
			}
			i += 2
		default:
			c.Error(errSyntax)
			return false
		}
	}
	return true
}

func (c *Context) parseAggregate(o *zoperation, b []byte) bool {
	switch {
	case equalFold(b, "sum"):
		o.aggregate = db.AggregateSum
	case equalFold(b, "min"):
		o.aggregate = db.AggregateMin
	case equalFold(b, "max"):
		o.aggregate = db.AggregateMax
	default:
		c.Error(errSyntax)
		return false
	}
	return true
}

// sortInputs brings the smallest input to the front: sums of floating point
// numbers depend on the order.
func sortInputs(inputs []zinput) {
	slices.SortStableFunc(inputs, func(a, b zinput) int { return a.len() - b.len() })
}

// zunion merges all inputs into b.
func zunion(inputs []zinput, aggregate db.Aggregate, b *db.ZBuilder) {
	for k := range inputs {
		in := &inputs[k]
		if in.e == nil {
			continue
		}
		in.e.ScoredEach(func(m db.Element, score float64) bool {
			b.Merge(m, in.weighted(score), aggregate)
			return true
		})
	}
}

// zintersect calls f for the members that all inputs have, with their scores,
// until it returns false.
func zintersect(inputs []zinput, aggregate db.Aggregate, f func(db.Element, float64) bool) {
	first := &inputs[0]
	if first.e == nil {
		return
	}
	first.e.ScoredEach(func(m db.Element, score float64) bool {
		score = first.weighted(score)
		for k := range inputs[1:] {
			in := &inputs[k+1]
			other, ok := in.e.ScoredFind(m)
			if !ok {
				return true
			}
			score = aggregate.Of(score, in.weighted(other))
		}
		return f(m, score)
	})
}

// zsubtract adds the members of the first input to b that no other has.
func zsubtract(inputs []zinput, b *db.ZBuilder) {
	first, others := inputs[0].e, inputs[1:]
	if first == nil || slices.ContainsFunc(others, func(in zinput) bool { return in.e == first }) {
		return
	}
	first.ScoredEach(func(m db.Element, score float64) bool {
		for k := range others {
			if others[k].e == nil {
				continue
			}
			if _, ok := others[k].e.ScoredFind(m); ok {
				return true
			}
		}
		b.Add(m, score)
		return true
	})
}

// zcombine is the whole of ZUNION, ZINTER and ZDIFF, and of those that store.
func (c *Context) zcombine(kind byte, event string) {
	o := zoperation{kind: kind, store: event != ""}
	var few [zinputsMax]zinput
	inputs, ok := c.parseZOperation(&o, few[:0])
	if !ok {
		return
	}
	b := c.Keys.NewZSet()
	switch kind {
	case 'u':
		sortInputs(inputs)
		zunion(inputs, o.aggregate, &b)
	case 'i':
		sortInputs(inputs)
		zintersect(inputs, o.aggregate, func(m db.Element, score float64) bool {
			b.Add(m, score)
			return true
		})
	default:
		zsubtract(inputs, &b)
	}
	if o.store {
		c.storeZSet(&b, event)
		return
	}
	it := b.Range()
	c.replyScored(&it, b.Len(), o.scores)
	b.Discard()
}

func cmdZUnion(c *Context) { c.zcombine('u', "") }

func cmdZInter(c *Context) { c.zcombine('i', "") }

func cmdZDiff(c *Context) { c.zcombine('d', "") }

func cmdZUnionStore(c *Context) { c.zcombine('u', "zunionstore") }

func cmdZInterStore(c *Context) { c.zcombine('i', "zinterstore") }

func cmdZDiffStore(c *Context) { c.zcombine('d', "zdiffstore") }

func cmdZInterCard(c *Context) {
	o := zoperation{kind: 'i', count: true}
	var few [zinputsMax]zinput
	inputs, ok := c.parseZOperation(&o, few[:0])
	if !ok {
		return
	}
	sortInputs(inputs)
	n := int64(0)
	zintersect(inputs, o.aggregate, func(db.Element, float64) bool {
		n++
		return n != o.limit
	})
	c.W.Int(n)
}
