package command

import (
	"fmt"
	"strings"

	"basalt/internal/decimal"
)

func cmdMemoryUsage(c *Context) {
	for i := 3; i < len(c.Args); i += 2 {
		if !isWord(c.Args[i], "samples") || i+1 == len(c.Args) {
			c.Error(errSyntax)
			return
		}
		n, ok := decimal.Parse(c.Args[i+1])
		if !ok {
			c.Error(errNotInteger)
			return
		}
		if n < 0 {
			c.Error(errSyntax)
			return
		}
	}
	e := c.DB.Peek(c.Args[2], c.KeyHash(2))
	if e == nil {
		c.W.Null()
		return
	}
	c.W.Int(int64(e.MemoryUsage()))
}

func cmdMemoryPurge(c *Context) {
	c.Host.Purge()
	c.W.OK()
}

func cmdMemoryMallocStats(c *Context) {
	var st Status
	c.Host.Status(&st)
	m := &st.Memory
	var r strings.Builder
	fmt.Fprintf(&r, "arena: allocated %d, active %d, resident %d bytes\n", m.Allocated, m.Active, m.Resident)
	for _, p := range m.Purposes {
		fmt.Fprintf(&r, "%-16s %d\n", p.Name, p.Bytes)
	}
	fmt.Fprintf(&r, "go heap: %d bytes\n", m.GoHeap)
	c.W.Verbatim("txt", r.String())
}

func cmdMemoryStats(c *Context) {
	var st Status
	c.Host.Status(&st)
	m := &st.Memory
	var busy []int
	for n := range c.Keys.Count() {
		if c.Keys.DB(n).Len() > 0 {
			busy = append(busy, n)
		}
	}
	keys := int64(c.Keys.Len())
	perKey := int64(0)
	if keys > 0 {
		perKey = m.Grown / keys
	}
	number := func(name string, n int64) {
		c.W.BulkString(name)
		c.W.Int(n)
	}
	double := func(name string, a, b int64) {
		c.W.BulkString(name)
		v := 0.0
		if b != 0 {
			v = float64(a) / float64(b)
		}
		c.W.Double(v)
	}
	c.W.Map(27 + len(busy))
	number("peak.allocated", m.Peak)
	number("total.allocated", m.Used)
	number("startup.allocated", m.Startup)
	number("replication.backlog", 0)
	number("clients.slaves", 0)
	number("clients.normal", st.Clients.Memory)
	number("cluster.links", 0)
	number("aof.buffer", m.LogBuffers)
	number("lua.caches", 0)
	number("functions.caches", 0)
	for _, n := range busy {
		s := c.Keys.Stats(n)
		c.W.BulkString(fmt.Sprintf("db.%d", n))
		c.W.Map(3)
		number("overhead.hashtable.main", s.Bytes)
		number("overhead.hashtable.expires", wheelNode*int64(c.Keys.DB(n).Volatile()))
		number("overhead.hashtable.slot-to-keys", 0)
	}
	number("overhead.total", m.Overhead)
	number("keys.count", keys)
	number("keys.bytes-per-key", perKey)
	number("dataset.bytes", m.Dataset)
	double("dataset.percentage", 100*m.Dataset, m.Grown)
	double("peak.percentage", 100*m.Used, m.Peak)
	number("allocator.allocated", m.Allocated)
	number("allocator.active", m.Active)
	number("allocator.resident", m.Resident)
	double("allocator-fragmentation.ratio", m.Active, m.Allocated)
	number("allocator-fragmentation.bytes", m.Active-m.Allocated)
	double("allocator-rss.ratio", m.Resident, m.Active)
	number("allocator-rss.bytes", m.Resident-m.Active)
	double("rss-overhead.ratio", m.RSS, m.Resident)
	number("rss-overhead.bytes", m.RSS-m.Resident)
	double("fragmentation", m.RSS, m.Used)
	number("fragmentation.bytes", m.RSS-m.Used)
}

// wheelNode is what a deadline takes in an entry, in bytes.
const wheelNode = 16
