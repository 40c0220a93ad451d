package command

import (
	"math"

	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/glob"
)

func cmdKeys(c *Context) {
	pattern := c.Args[1]
	if glob.IsLiteral(pattern) {
		c.keysLiteral(pattern)
		return
	}
	all := string(pattern) == "*"
	mark := c.W.Deferred()
	n := 0
	c.DB.Each(func(e *db.Entry) bool {
		if key := e.Key(); all || glob.Match(pattern, key, false) {
			c.W.Bulk(key)
			n++
		}
		return true
	})
	c.W.SetArrayLen(mark, n)
}

// keysLiteral serves patterns that only one key can match.
func (c *Context) keysLiteral(key []byte) {
	if c.DB.Peek(key, db.Hash(key)) == nil {
		c.W.Array(0)
		return
	}
	c.W.Array(1)
	c.W.Bulk(key)
}

// scanOptions is what SCAN is asked for, or the like of it for a collection.
type scanOptions struct {
	keys     bool // of keys: TYPE is an option
	fields   bool // of a hash: NOVALUES is an option
	noValues bool // the names of fields alone
	cursor   uint64
	count    int64
	match    bool // by pattern
	pattern  []byte
	byType   bool // by typeName
	typeName []byte
}

// scanStride bounds the buckets that SCAN visits, as a multiple of COUNT: a
// sparse table answers short rather than late.
const scanStride = 10

func cmdScan(c *Context) {
	o := scanOptions{keys: true, count: 10}
	var ok bool
	if o.cursor, ok = parseCursor(c.Args[1]); !ok {
		c.Error(errCursor)
		return
	}
	if !c.parseScan(&o, 2) {
		return
	}
	c.replyScan(&o)
}

// replyScan goes over the buckets twice: the reply begins with the cursor that
// only the walk can tell, and walking again, now in cache, is cheaper than
// keeping what was found.
func (c *Context) replyScan(o *scanOptions) {
	seen, buckets := int64(0), 0
	next := o.cursor
	for limit := o.stride(); seen < o.count && buckets < limit; buckets++ {
		if next = c.DB.Scan(next, func(*db.Entry) { seen++ }); next == 0 {
			buckets++
			break
		}
	}
	var scratch [decimal.MaxLen]byte
	c.W.Array(2)
	c.W.Bulk(decimal.AppendUint(scratch[:0], next))
	mark := c.W.Deferred()
	n := 0
	for cursor := o.cursor; buckets > 0; buckets-- {
		cursor = c.DB.Scan(cursor, func(e *db.Entry) {
			if o.wants(e) {
				c.W.Bulk(e.Key())
				n++
			}
		})
	}
	c.W.SetArrayLen(mark, n)
}

// stride returns how many buckets may be visited.
func (o *scanOptions) stride() int {
	if o.count > math.MaxInt32 {
		return math.MaxInt
	}
	return int(o.count) * scanStride
}

// wants reports whether the entry passes the filters. A type nobody has is no
// error: nothing is found.
func (o *scanOptions) wants(e *db.Entry) bool {
	return (!o.match || glob.Match(o.pattern, e.Key(), false)) &&
		(!o.byType || equalFold(o.typeName, e.Type().String()))
}

// parseCursor reads a cursor as C's strtoul reads a number: up to the first
// zero byte, with a sign, an empty one being 0, but no spaces.
func parseCursor(b []byte) (cursor uint64, ok bool) {
	b = excerpt(b, len(b))
	if len(b) == 0 {
		return 0, true
	}
	negative := b[0] == '-'
	if negative || b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	for _, digit := range b {
		d := uint64(digit - '0')
		if d > 9 || cursor > math.MaxUint64/10 || cursor*10 > math.MaxUint64-d {
			return 0, false
		}
		cursor = cursor*10 + d
	}
	if negative {
		cursor = -cursor
	}
	return cursor, true
}

// parseScan reads the options from Args[i] on; if they make no sense it replies
// so.
func (c *Context) parseScan(o *scanOptions, i int) bool {
	for ; i < len(c.Args); i += 2 {
		option, more := c.Args[i], i+1 < len(c.Args)
		switch {
		case more && equalFold(option, "count"):
			n, ok := c.integer(i + 1)
			if !ok {
				return false
			}
			if n < 1 {
				c.Error(errSyntax)
				return false
			}
			o.count = n
		case more && equalFold(option, "match"):
			o.pattern = c.Args[i+1]
			o.match = string(o.pattern) != "*"
		case more && o.keys && equalFold(option, "type"):
			o.byType, o.typeName = true, c.Args[i+1]
		case o.fields && equalFold(option, "novalues"):
			o.noValues = true
			i-- // it has no value
		default:
			c.Error(errSyntax)
			return false
		}
	}
	return true
}
