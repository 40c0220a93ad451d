package command

var bitmapRows = []Row{
	{
		Name: "bitcount", Arity: -2, Flags: ReadOnly, ACL: ACLBitmap,
		Keys:  readsKey,
		Group: GroupBitmap, Since: "2.6.0", Complexity: "O(N) where N is the number of bytes looked at.",
		Summary: "Counts the bits that are set in a string.",
		Syntax:  "key:key [range{start:integer end:integer [unit<BYTE:byte|BIT:bit>]@7.0.0}]",
		History: []Change{{"7.0.0", "`BYTE` and `BIT` are new."}},
		Handler: cmdBitCount,
	},
	{
		Name: "bitfield", Arity: -2, Flags: Write | DenyOOM, ACL: ACLBitmap,
		Keys: []KeySpec{noted(keyAt(1, RW|Access|Update|VariableFlags),
			"The key is only read if all operations are `GET`.")},
		GetKeys: bitFieldKeys,
		Group:   GroupBitmap, Since: "3.2.0", Complexity: "O(1) for each operation.",
		Summary: "Reads, writes and adds to integers of any width in a string.",
		Syntax: "key:key [operation<GET get-block{encoding:string offset:integer}|" +
			"write{[OVERFLOW overflow-block<WRAP:wrap|SAT:sat|FAIL:fail>] " +
			"write-operation<SET set-block{encoding:string offset:integer value:integer}|" +
			"INCRBY increment-block{encoding:string offset:integer increment:integer}>}>...]",
		Handler: cmdBitField,
	},
	{
		Name: "bitfield_ro", Arity: -2, Flags: ReadOnly | Fast, ACL: ACLBitmap,
		Keys:  readsKey,
		Group: GroupBitmap, Since: "6.0.0", Complexity: "O(1) for each operation.",
		Summary: "Reads integers of any width from a string.",
		Syntax:  "key:key [GET+ get-block{encoding:string offset:integer}...]",
		Handler: cmdBitFieldRO,
	},
	{
		Name: "bitop", Arity: -4, Flags: Write | DenyOOM, ACL: ACLBitmap,
		Keys:  []KeySpec{keyAt(2, OW|Update), keysAt(3, -1, 1, RO|Access)},
		Group: GroupBitmap, Since: "2.6.0", Complexity: "O(N) where N is the length of all sources together.",
		Summary: "Combines strings bit by bit and stores the outcome.",
		Syntax: "operation<AND:and|OR:or|XOR:xor|NOT:not|DIFF:diff@8.2.0|DIFF1:diff1@8.2.0|ANDOR:andor@8.2.0|" +
			"ONE:one@8.2.0> destkey:key key:key#1...",
		History: []Change{{"8.2.0", "`DIFF`, `DIFF1`, `ANDOR` and `ONE` are new."}},
		Handler: cmdBitOp,
	},
	{
		Name: "bitpos", Arity: -3, Flags: ReadOnly, ACL: ACLBitmap,
		Keys:  readsKey,
		Group: GroupBitmap, Since: "2.8.7", Complexity: "O(N) where N is the number of bytes looked at.",
		Summary: "Finds the first bit that is set or clear in a string.",
		Syntax: "key:key bit:integer [range{start:integer [end-unit-block{end:integer " +
			"[unit<BYTE:byte|BIT:bit>]@7.0.0}]}]",
		History: []Change{{"7.0.0", "`BYTE` and `BIT` are new."}},
		Handler: cmdBitPos,
	},
	{
		Name: "getbit", Arity: 3, Flags: ReadOnly | Fast, ACL: ACLBitmap,
		Keys:  readsKey,
		Group: GroupBitmap, Since: "2.2.0", Complexity: "O(1)",
		Summary: "Returns a bit of a string.",
		Syntax:  "key:key offset:integer",
		Handler: cmdGetBit,
	},
	{
		Name: "setbit", Arity: 4, Flags: Write | DenyOOM, ACL: ACLBitmap,
		Keys:  changesKey,
		Group: GroupBitmap, Since: "2.2.0", Complexity: "O(1)",
		Summary: "Sets or clears a bit of a string, padding it with zero bytes as needed.",
		Syntax:  "key:key offset:integer value:integer",
		Handler: cmdSetBit,
	},
}

// bitFieldKeys is GetKeys of BITFIELD: the key is only read if nothing but GET
// follows. What makes no sense is taken for a change.
func bitFieldKeys(args [][]byte, refs []KeyRef) ([]KeyRef, bool) {
	flags := RO | Access
	for i := 2; i < len(args); {
		rest := len(args) - i - 1
		switch {
		case rest >= 2 && equalFold(args[i], "get"):
			i += 3
			continue
		case rest >= 1 && equalFold(args[i], "overflow"):
			i += 2
			continue
		}
		flags = RW | Access | Update
		break
	}
	return append(refs, KeyRef{Index: 1, Flags: flags}), true
}
