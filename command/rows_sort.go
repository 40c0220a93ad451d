package command

// Where the other keys of SORT are follows from the value that is sorted, and
// from a word that may stand anywhere.
var sortKeySpecs = []KeySpec{
	keyAt(1, RO|Access),
	{Flags: RO | Access, Notes: "Keys that BY and GET lead to: their names follow from the elements."},
	{Flags: OW | Update, Notes: "The key behind STORE, which may stand anywhere."},
}

var sortRows = []Row{
	{
		Name: "sort", Arity: -2, Flags: Write | DenyOOM, ACL: ACLSet | ACLSortedSet | ACLList | ACLDangerous,
		Keys: sortKeySpecs, GetKeys: sortGetKeys,
		Group: GroupGeneric, Since: "1.0.0",
		Complexity: "O(N+M*log(M)) for N elements of which M are answered; O(N) without sorting.",
		Summary:    "Sorts the elements of a list, set or sorted set and answers or stores them.",
		Syntax: "key:key [BY by-pattern:pattern(pattern)#1] [LIMIT limit{offset:integer count:integer}] " +
			"[GET+ get-pattern:pattern(pattern)#1...] [order<ASC:asc|DESC:desc>] [ALPHA:sorting] [STORE destination:key#2]",
		Handler: cmdSort,
	},
	{
		Name: "sort_ro", Arity: -2, Flags: ReadOnly, ACL: ACLSet | ACLSortedSet | ACLList | ACLDangerous,
		Keys: sortKeySpecs[:2], GetKeys: sortROGetKeys,
		Group: GroupGeneric, Since: "7.0.0",
		Complexity: "O(N+M*log(M)) for N elements of which M are answered; O(N) without sorting.",
		Summary:    "Sorts the elements of a list, set or sorted set and answers them.",
		Syntax: "key:key [BY by-pattern:pattern(pattern)#1] [LIMIT limit{offset:integer count:integer}] " +
			"[GET+ get-pattern:pattern(pattern)#1...] [order<ASC:asc|DESC:desc>] [ALPHA:sorting]",
		Handler: cmdSortRO,
	},
}

// sortGetKeys finds the sorted key and the destination; the last STORE counts.
func sortGetKeys(args [][]byte, refs []KeyRef) ([]KeyRef, bool) {
	refs = append(refs, KeyRef{1, RO | Access})
	store := 0
	for i := 2; i < len(args); i++ {
		switch {
		case equalFold(args[i], "limit"):
			i += 2
		case equalFold(args[i], "get"), equalFold(args[i], "by"):
			i++
		case equalFold(args[i], "store") && i+1 < len(args):
			i++
			store = i
		}
	}
	if store != 0 {
		refs = append(refs, KeyRef{store, OW | Update})
	}
	return refs, true
}

func sortROGetKeys(_ [][]byte, refs []KeyRef) ([]KeyRef, bool) {
	return append(refs, KeyRef{1, RO | Access}), true
}
