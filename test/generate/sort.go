package generate

// sortTemplates sort what the other types made. Numbers are left to scripts,
// because an error of range that the reference met some time before makes it
// refuse good ones, and so is what is answered in alphabetical order: it compares
// that as C strings of its locale, and bytes only what it stores.
var sortTemplates = []template{
	{4, "sort", "SORT <key> BY nosort [(ASC|DESC)] [STORE <key>]"}, // a set has no order
	{6, "", "SORT <setkey> ALPHA [DESC] [LIMIT <small> <small>] STORE <key>"},
	{6, "", "SORT <key> ALPHA [DESC] [LIMIT <small> <small>] STORE <key>"},
}
