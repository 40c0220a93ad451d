package generate

import "strconv"

// sortTemplates sort sets and the lists that are made here for it. Numbers are left to
// scripts, because an error of range that the reference met some time before makes it
// refuse good ones, and so is what is answered in alphabetical order: it compares
// that as C strings of its locale, and bytes only what it stores. Sorted sets are left
// to scripts too: the reference unpacks those that it reads.
var sortTemplates = []template{
	{8, "", "RPUSH <listkey> <word>..."},
	{4, "", "LPUSH <listkey> <word>..."},
	{2, "", "DEL <listkey>"},
	{4, "sort", "SORT <sortkey> BY nosort [(ASC|DESC)] [STORE <key>]"}, // a set has no order
	{12, "", "SORT <sortkey> ALPHA [DESC] [LIMIT <small> <small>] STORE <key>"},
}

// listKey is the name of a list that only sortTemplates make.
func (g *Generator) listKey() string { return "kl" + strconv.Itoa(g.rng.IntN(4)) }

// sortKey is the name of a list or a set.
func (g *Generator) sortKey() string {
	if g.rng.IntN(2) == 0 {
		return g.listKey()
	}
	return "ks" + strconv.Itoa(g.rng.IntN(6))
}

// word is an element without bytes that alphabets of C put elsewhere.
func (g *Generator) word() string {
	return pick(g.rng, []string{"", "a", "ab", "b", "ba", "zebra", "m", "7", "70", "-1"}) + strconv.Itoa(g.rng.IntN(30))
}
