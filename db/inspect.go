package db

import "basalt/db/table"

// TableStats is the state of a hash table.
type TableStats = table.Stats

// TableChains says how long the chains of a hash table are.
type TableChains = table.Chains

// Chains walks the table of database index and tells how long its chains are,
// for DEBUG HTSTATS. It takes as long as there are buckets.
func (k *Keyspace) Chains(index int) TableChains { return k.dbs[index].table.Chains() }

// ValueStats returns the state of the table that the value of e is or has, and
// false if there is none.
func (e *Entry) ValueStats() (TableStats, bool) {
	t := e.valueTable()
	if t == nil {
		return TableStats{}, false
	}
	return t.Stats(), true
}

// ValueChains is Chains of the table that ValueStats found.
func (e *Entry) ValueChains() TableChains { return e.valueTable().Chains() }

func (e *Entry) valueTable() *table.Table {
	if e.encoding() != encObject {
		return nil
	}
	switch e.Type() {
	case TypeSet:
		return setTableAt(*e.slot())
	case TypeHash:
		return &object[hash](e).fields
	case TypeZSet:
		return &zsetAt(*e.slot()).members
	}
	return nil
}
