package db

import "basalt/db/table"

// Chains walks the table of database index and tells how long its chains are,
// for DEBUG HTSTATS. It takes as long as there are buckets.
func (k *Keyspace) Chains(index int) table.Chains { return k.dbs[index].table.Chains() }
