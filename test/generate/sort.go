package generate

// sortTemplates sort what the other types made. What is answered in
// alphabetical order is left to scripts: the reference compares it as C strings
// of its locale, and bytes only what it stores.
var sortTemplates = []template{
	{4, "", "SORT <key> [(ASC|DESC)] [LIMIT <small> <small>]"},
	{4, "", "SORT_RO <setkey> [(ASC|DESC)] [LIMIT <small> <small>] GET # GET k*"},
	{4, "sort", "SORT <key> BY nosort [(ASC|DESC)] [STORE <key>]"}, // a set has no order
	{6, "", "SORT <setkey> ALPHA [DESC] [LIMIT <small> <small>] STORE <key>"},
	{6, "", "SORT <key> ALPHA [DESC] [LIMIT <small> <small>] STORE <key>"},
}
