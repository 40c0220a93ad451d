package persist

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"basalt/db"
)

// rdbCheck is the rdbSink of the checker. It builds what can be wrong in a way
// that only a keyspace notices, and throws it away; of the keys it keeps the
// names, to find those that are there twice.
type rdbCheck struct {
	keys  *db.Keyspace
	b     builder
	index int
	dbs   map[int]*dbCheck
	// name is the key with the number of its database before it, as all of
	// them are kept in one.
	name        []byte
	current     *rdbKey
	skip        bool
	steps       int
	fields      map[string]string // auxiliary ones
	libraries   int
	notes       []string
	notesUntold int
}

// dbCheck is what was found in a database.
type dbCheck struct {
	kinds    map[string]int64
	keys     int64
	volatile int64
}

const (
	notesMax = 10
	// auxMax bounds what is remembered of auxiliary fields.
	auxMax = 256
)

func newRDBCheck() *rdbCheck {
	return &rdbCheck{keys: db.New(1, 0), dbs: map[int]*dbCheck{}, fields: map[string]string{}}
}

// kind returns the name of the data type.
func (t valueType) kind() string {
	switch t {
	case typeString:
		return "string"
	case typeList, typeZiplist, typeQuicklist, typeQuicklist2:
		return "list"
	case typeSet, typeIntset, typeSetPack:
		return "set"
	case typeZSet, typeZSetText, typeZSetZip, typeZSetPack:
		return "zset"
	case typeStream1, typeStream2, typeStream3:
		return "stream"
	}
	return "hash"
}

func (c *rdbCheck) begin(k *rdbKey) error {
	c.current, c.steps = k, 0
	c.name = append(binary.BigEndian.AppendUint32(c.name[:0], uint32(c.index)), k.key...)
	hash := db.Hash(c.name)
	if c.keys.DB(0).LoadFind(c.name, hash) != nil {
		return errKeyTwice
	}
	kind := k.kind.kind()
	c.skip = kind == "string" || kind == "list"
	c.b.open(c.keys, c.keys.Scratch(), c.name, hash)
	return nil
}

func (c *rdbCheck) put(k step, x, y uint64, a, b []byte) error {
	c.steps++
	if c.skip {
		return nil
	}
	return c.b.put(k, x, y, a, b)
}

func (c *rdbCheck) end() error {
	c.b.abandon()
	for c.keys.Dying() > 0 {
		c.keys.Reclaim(-1) // no time for giving memory back to the system
	}
	if c.steps == 0 {
		c.note("key %.60q has no elements", c.current.key)
		return nil
	}
	d := c.dbs[c.index]
	if d == nil {
		d = &dbCheck{kinds: map[string]int64{}}
		c.dbs[c.index] = d
	}
	d.kinds[c.current.kind.kind()]++
	d.keys++
	if c.current.deadline != db.NoDeadline {
		d.volatile++
	}
	c.keys.DB(0).LoadString(c.name, c.b.hash, nil, db.NoDeadline)
	return nil
}

func (c *rdbCheck) database(index int) error {
	c.index = index
	return nil
}

func (c *rdbCheck) sizes(uint64, uint64) error { return nil }

func (c *rdbCheck) aux(name, value []byte) {
	if len(name)+len(value) < auxMax && len(c.fields) < auxMax {
		c.fields[string(name)] = string(value)
	}
}

func (c *rdbCheck) function([]byte) { c.libraries++ }

func (c *rdbCheck) note(format string, args ...any) {
	if len(c.notes) == notesMax {
		c.notesUntold++
		return
	}
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

// report says what was found, in lines.
func (c *rdbCheck) report(say func(format string, args ...any)) {
	var names []string
	for _, name := range []string{"redis-ver", "valkey-ver", "basalt-ver", "aof-base", "aof-preamble", "repl-id", "repl-offset"} {
		if v, ok := c.fields[name]; ok {
			names = append(names, fmt.Sprintf("%s %q", name, v))
		}
	}
	if len(names) > 0 {
		say("  %s", strings.Join(names, ", "))
	}
	var indexes []int
	for i := range c.dbs {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	for _, i := range indexes {
		d := c.dbs[i]
		var kinds []string
		for _, kind := range []string{"string", "list", "set", "zset", "hash", "stream"} {
			if n := d.kinds[kind]; n > 0 {
				kinds = append(kinds, fmt.Sprintf("%d %s", n, kind))
			}
		}
		say("  db%d: %d keys, %d with a deadline: %s", i, d.keys, d.volatile, strings.Join(kinds, ", "))
	}
	if c.libraries > 0 {
		say("  %d libraries of functions", c.libraries)
	}
	for _, n := range c.notes {
		say("  note: %s", n)
	}
	if c.notesUntold > 0 {
		say("  note: %d more like these", c.notesUntold)
	}
}
