package db

import (
	"fmt"

	"basalt/db/arena"
)

func must(cond bool, format string, args ...any) {
	if !cond {
		panic("BUG: db: " + fmt.Sprintf(format, args...))
	}
}

// checkInvariants walks all databases and stops at anything that does not
// agree: every entry is found by its key, deadlines are counted, and the arena
// accounts for what is there and nothing else.
func (k *Keyspace) checkInvariants() {
	var keyspace, value, tables int64
	var parts partBytes
	for _, d := range k.dbs {
		volatile, entries := 0, 0
		ttlSum := int64(0)
		for cursor := uint64(0); ; {
			cursor = d.table.Scan(cursor, func(r arena.Ref) {
				e := entryAt(r)
				entries++
				d.checkEntry(e)
				if deadline, ok := e.Deadline(); ok {
					volatile++
					ttlSum += ttlPart(deadline)
				}
				keyspace += int64(arena.ClassSize(e.size()))
				switch e.encoding() {
				case encBlock:
					value += int64(arena.ClassSize(e.block().size()))
				case encBlob:
					value += int64(e.blob().Size())
				case encPack, encIntset, encObject:
					checkCollection[e.Type()](e, &parts)
				}
			})
			if cursor == 0 {
				break
			}
		}
		must(entries == d.table.Len(), "db %d: %d entries, table says %d", d.index, entries, d.table.Len())
		must(volatile == d.volatile && volatile == d.wheel.Len(), "db %d: %d deadlines, counted %d, in the wheel %d",
			d.index, volatile, d.volatile, d.wheel.Len())
		must(ttlSum == d.ttlSum, "db %d: sum of deadlines %d, kept %d", d.index, ttlSum, d.ttlSum)
		tables += d.table.Stats().Bytes
	}
	value += parts.value
	queued := 0
	for _, x := range k.dying {
		queued += x.keys()
	}
	must(queued == k.Dying(), "%d keys and values are dying, counted %d", queued, k.Dying())
	if len(k.dying) == 0 {
		must(keyspace == k.arena.UsedBy(arena.Keyspace), "entries take %d, arena says %d", keyspace, k.arena.UsedBy(arena.Keyspace))
		must(value == k.arena.UsedBy(arena.Value), "values take %d, arena says %d", value, k.arena.UsedBy(arena.Value))
		tables += parts.table
		must(parts.pack == k.arena.UsedBy(arena.Pack), "packs take %d, arena says %d", parts.pack, k.arena.UsedBy(arena.Pack))
		must(parts.node == k.arena.UsedBy(arena.Node), "nodes take %d, arena says %d", parts.node, k.arena.UsedBy(arena.Node))
		must(tables == k.arena.UsedBy(arena.Table), "tables take %d, arena says %d", tables, k.arena.UsedBy(arena.Table))
	}
}

// partBytes is what the values of collections take, by purpose, as class sizes.
type partBytes struct{ pack, node, table, value int64 }

// checkCollection walks a collection, stops at anything that does not agree,
// and adds what it takes to the bytes.
var checkCollection = [...]func(*Entry, *partBytes){
	TypeList:   checkList,
	TypeSet:    checkSet,
	TypeZSet:   checkZSet,
	TypeHash:   checkHash,
	TypeStream: checkStream,
}

func (d *DB) checkEntry(e *Entry) {
	key := e.Key()
	found, _ := d.find(key, Hash(key))
	must(found == e, "key %q leads to another entry", key)
	must((e.flags&flagLongKey != 0) == (len(key) > shortKeyMax), "key %q: flag of long keys", key)
	must(e.size() == shapeOf(e).size(), "key %q: size %d, shape %d", key, e.size(), shapeOf(e).size())
	switch e.encoding() {
	case encInline:
		must(int(e.vlen) <= inlineMax, "key %q: %d bytes inline", key, e.vlen)
	case encBlock:
		b := e.block()
		must(b.length <= b.capacity && b.size() <= 32<<10, "key %q: block of %d for %d", key, b.capacity, b.length)
	case encBlob:
		must(e.blob().Len() <= e.blob().Cap() && e.blob().Cap() > blockMax, "key %q: blob of %d", key, e.blob().Cap())
	}
	must(e.encoding() == encInline || e.vlen == 0, "key %q: length of an inline value", key)
}
