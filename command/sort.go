package command

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"basalt/db"
	"basalt/internal/decimal"
)

// sortQuery is what SORT is asked for.
type sortQuery struct {
	by      []byte   // pattern of the keys to sort by; nil: the elements themselves
	get     [][]byte // patterns of what is answered; none: the elements themselves
	store   int      // index of the destination; 0: the elements are the reply
	start   int64
	count   int64 // of LIMIT; -1: all
	desc    bool
	alpha   bool
	inOrder bool // BY a pattern without a star: the order stays
}

// sorted is an element on its way through SORT. Its bytes are views of the
// value, or of texts made for integers.
type sorted struct {
	element []byte
	score   float64
	text    []byte // what is compared with ALPHA
	missing bool   // there is nothing at the key of BY
}

func cmdSort(c *Context) { c.sort(true) }

// cmdSortRO is SORT without STORE.
func cmdSortRO(c *Context) { c.sort(false) }

func (c *Context) sort(mayStore bool) {
	q := sortQuery{count: -1}
	if !c.parseSort(&q, mayStore) {
		return
	}
	e := c.LookupRead(1)
	if e != nil && e.Type() != db.TypeList && e.Type() != db.TypeSet && e.Type() != db.TypeZSet {
		c.Error(errWrongType)
		return
	}
	if q.inOrder && q.store != 0 && e != nil && e.Type() == db.TypeSet {
		// A set has no order: what is stored has to be the same everywhere.
		q.inOrder, q.alpha, q.by = false, true, nil
	}
	list := sortElements(e, &q)
	if !q.inOrder {
		if !c.sortKeys(list, &q) {
			c.Error(errSortDouble)
			return
		}
		if q.store != 0 && e != nil && e.Type() == db.TypeSet {
			// What compares alike must not lie in an order of chance.
			slices.SortFunc(list, func(a, b sorted) int { return bytes.Compare(a.element, b.element) })
		}
		slices.SortStableFunc(list, q.compare)
		from, to := q.window(len(list))
		list = list[from:to]
	}
	if q.store != 0 {
		c.storeSorted(list, &q)
		return
	}
	c.replySorted(list, &q)
}

func (c *Context) parseSort(q *sortQuery, mayStore bool) bool {
	for i := 2; i < len(c.Args); i++ {
		arg, left := c.Args[i], len(c.Args)-i-1
		switch {
		case equalFold(arg, "asc"):
			q.desc = false
		case equalFold(arg, "desc"):
			q.desc = true
		case equalFold(arg, "alpha"):
			q.alpha = true
		case equalFold(arg, "limit") && left >= 2:
			var ok bool
			if q.start, ok = c.integer(i + 1); !ok {
				return false
			}
			if q.count, ok = c.integer(i + 2); !ok {
				return false
			}
			i += 2
		case mayStore && equalFold(arg, "store") && left >= 1:
			i++
			q.store = i
		case equalFold(arg, "by") && left >= 1:
			i++
			q.by = c.Args[i]
			q.inOrder = bytes.IndexByte(q.by, '*') < 0
		case equalFold(arg, "get") && left >= 1:
			i++
			q.get = append(q.get, c.Args[i])
		default:
			c.Error(errSyntax)
			return false
		}
	}
	return true
}

// window returns which part of n elements LIMIT asks for.
func (q *sortQuery) window(n int) (from, to int) {
	start := min(max(q.start, 0), int64(n))
	if q.count < 0 {
		return int(start), n
	}
	return int(start), int(start + min(q.count, int64(n)-start))
}

// sortElements returns the elements of e, nil for none: all of them, or with an
// order that stays only those of the window.
func sortElements(e *db.Entry, q *sortQuery) []sorted {
	if e == nil {
		return nil
	}
	n := sortLen(e)
	from, to := 0, n
	if q.inOrder {
		from, to = q.window(n)
	}
	list := make([]sorted, 0, to-from)
	add := func(m db.Element) {
		b := m.Bytes
		if m.IsInt {
			b = decimal.AppendInt(nil, m.Int)
		}
		list = append(list, sorted{element: b})
	}
	switch e.Type() {
	case db.TypeList:
		if q.inOrder && q.desc {
			for it := e.ListAt(n - 1 - from); len(list) < to-from; it.Prev() {
				add(it.Element())
			}
			break
		}
		for it := e.ListAt(from); len(list) < to-from; it.Next() {
			add(it.Element())
		}
	case db.TypeSet:
		i := 0
		e.SetEach(func(m db.Element) {
			if i >= from && i < to {
				add(m)
			}
			i++
		})
	default:
		it := e.ZRange(from, to-from, q.inOrder && q.desc)
		for len(list) < to-from {
			m, _, _ := it.Next()
			add(m)
		}
	}
	return list
}

func sortLen(e *db.Entry) int {
	if e.Type() == db.TypeList {
		return e.ListLen()
	}
	return e.ScoredLen()
}

// sortKeys looks up by what each element is sorted. It reports false if one is
// no number although numbers are compared.
func (c *Context) sortKeys(list []sorted, q *sortQuery) bool {
	for i := range list {
		s := &list[i]
		key := s.element
		if q.by != nil {
			var found bool
			if key, found = c.byPattern(q.by, s.element); !found {
				s.missing = true
				continue
			}
		}
		if q.alpha {
			s.text = key
			continue
		}
		var ok bool
		if s.score, ok = sortNumber(key); !ok {
			return false
		}
	}
	return true
}

// sortNumber reads a number as strtod does, which skips spaces and takes
// nothing at all for 0.
func sortNumber(b []byte) (float64, bool) {
	b = bytes.TrimLeft(excerpt(b, len(b)), " \t\n\v\f\r")
	if len(b) == 0 {
		return 0, true
	}
	return parseFloat(b)
}

func (q *sortQuery) compare(a, b sorted) int {
	n := 0
	switch {
	case !q.alpha:
		if n = cmp.Compare(a.score, b.score); n == 0 {
			n = bytes.Compare(a.element, b.element)
		}
	case q.by == nil:
		n = bytes.Compare(a.element, b.element)
	case a.missing || b.missing:
		n = btoi(b.missing) - btoi(a.missing)
	default:
		n = bytes.Compare(a.text, b.text)
	}
	if q.desc {
		return -n
	}
	return n
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// byPattern returns the value to which pattern leads for an element: a string,
// or a field of a hash for "key->field", with the element in place of the first
// star; "#" is the element itself. The bytes are good until the command ends.
func (c *Context) byPattern(pattern, element []byte) ([]byte, bool) {
	if string(pattern) == "#" {
		return element, true
	}
	star := bytes.IndexByte(pattern, '*')
	if star < 0 {
		return nil, false
	}
	rest := pattern[star+1:]
	var field []byte
	if arrow := bytes.Index(rest, []byte("->")); arrow >= 0 && arrow+2 < len(rest) {
		rest, field = rest[:arrow], rest[arrow+2:]
	}
	key := make([]byte, 0, len(pattern)+len(element))
	key = append(append(append(key, pattern[:star]...), element...), rest...)
	e := c.DB.LookupRead(key, db.Hash(key), c.Client.Flags&NoTouch == 0)
	switch {
	case e == nil:
		return nil, false
	case field != nil:
		if e.Type() != db.TypeHash {
			return nil, false
		}
		if e = c.DB.LiveHash(key, db.Hash(key), e); e == nil {
			return nil, false
		}
		v, ok := c.DB.HashGet(e, field)
		if !ok {
			return nil, false
		}
		return v.Text(make([]byte, 0, decimal.MaxLen)), true
	case e.Type() != db.TypeString:
		return nil, false
	}
	if n, ok := e.Int(); ok {
		return strconv.AppendInt(nil, n, 10), true
	}
	return e.Bytes(nil), true
}

func (c *Context) replySorted(list []sorted, q *sortQuery) {
	c.W.Array(len(list) * max(1, len(q.get)))
	for i := range list {
		if len(q.get) == 0 {
			c.W.Bulk(list[i].element)
		}
		for _, pattern := range q.get {
			if b, ok := c.byPattern(pattern, list[i].element); ok {
				c.W.Bulk(b)
			} else {
				c.W.Null()
			}
		}
	}
}

// storeSorted makes the result the list at the destination. What has no value
// is an empty string there.
func (c *Context) storeSorted(list []sorted, q *sortQuery) {
	key := c.Args[q.store]
	values := make([][]byte, 0, len(list)*max(1, len(q.get)))
	for i := range list {
		if len(q.get) == 0 {
			values = append(values, bytes.Clone(list[i].element))
		}
		for _, pattern := range q.get {
			b, _ := c.byPattern(pattern, list[i].element)
			values = append(values, bytes.Clone(b))
		}
	}
	hash := db.Hash(key)
	switch {
	case len(values) != 0:
		c.DB.Vacate(key, hash)
		e := c.DB.NewList(key, hash)
		c.DB.ListGrow(e, values)
		c.DB.ListPush(e, values, false)
		c.Changed(EventList, "sortstore", c.DB, key, len(values))
	case c.DB.Drop(key, hash):
		c.Changed(EventGeneric, "del", c.DB, key, 1)
	}
	c.W.Int(int64(len(values)))
}
