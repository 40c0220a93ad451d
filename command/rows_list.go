package command

// popsKey and pushesKey are the key specs of commands of one list.
var (
	popsKey   = []KeySpec{keyAt(1, RW|Access|Delete)}
	pushesKey = []KeySpec{keyAt(1, RW|Insert)}
	movesKeys = []KeySpec{keyAt(1, RW|Access|Delete), keyAt(2, RW|Insert)}
)

// Texts that rows of lists share.
const (
	complexityPush = "O(N) where N is the number of elements pushed."
	complexityPop  = "O(N) where N is the number of elements returned."
	complexityMPop = "O(N+M) where N is the number of keys and M the number of elements returned."
	complexityKeys = "O(N) where N is the number of keys."
	textTimeout    = "`timeout` may have fractions."
	textMany       = "Pushes several elements at once."
	syntaxMove     = "source:key destination:key#1 wherefrom<LEFT:left|RIGHT:right> whereto<LEFT:left|RIGHT:right>"
	syntaxMPop     = "numkeys:integer key:key... where<LEFT:left|RIGHT:right> [COUNT count:integer]"
)

var listRows = []Row{
	{
		Name: "blmove", Arity: 6, Flags: Write | DenyOOM | NoScript | Blocking, ACL: ACLList,
		Keys:  movesKeys,
		Group: GroupList, Since: "6.2.0", Complexity: "O(1)",
		Summary: "Moves an element from an end of a list to an end of another, and waits for one if there is none.",
		Syntax:  syntaxMove + " timeout:double",
		Handler: cmdBLMove,
	},
	{
		Name: "blmpop", Arity: -5, Flags: Write | Blocking, ACL: ACLList,
		Keys: []KeySpec{{
			Flags: RW | Access | Delete, Begin: BeginIndex, Index: 2, Find: FindCount, Count: 0, First: 1, Step: 1,
		}},
		Group: GroupList, Since: "7.0.0", Complexity: complexityMPop,
		Summary: "Pops elements of the first list among several keys, and waits for one if there is none.",
		Syntax:  "timeout:double " + syntaxMPop,
		Handler: cmdBLMPop,
	},
	{
		Name: "blpop", Arity: -3, Flags: Write | NoScript | Blocking, ACL: ACLList,
		Keys:  []KeySpec{keysAt(1, -2, 1, RW|Access|Delete)},
		Group: GroupList, Since: "2.0.0", Complexity: complexityKeys,
		Summary: "Pops the first element of the first list among several keys, and waits for one if there is none.",
		Syntax:  "key:key... timeout:double",
		History: []Change{{"6.0.0", textTimeout}},
		Handler: cmdBLPop,
	},
	{
		Name: "brpop", Arity: -3, Flags: Write | NoScript | Blocking, ACL: ACLList,
		Keys:  []KeySpec{keysAt(1, -2, 1, RW|Access|Delete)},
		Group: GroupList, Since: "2.0.0", Complexity: complexityKeys,
		Summary: "Pops the last element of the first list among several keys, and waits for one if there is none.",
		Syntax:  "key:key... timeout:double",
		History: []Change{{"6.0.0", textTimeout}},
		Handler: cmdBRPop,
	},
	{
		Name: "brpoplpush", Arity: 4, Flags: Write | DenyOOM | NoScript | Blocking, ACL: ACLList,
		Keys:  movesKeys,
		Group: GroupList, Since: "2.2.0", Complexity: "O(1)",
		Deprecated: "6.2.0", ReplacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
		Summary: "Moves the last element of a list to the front of another, and waits for one if there is none.",
		Syntax:  "source:key destination:key#1 timeout:double",
		History: []Change{{"6.0.0", textTimeout}},
		Handler: cmdBRPopLPush,
	},
	{
		Name: "lindex", Arity: 3, Flags: ReadOnly, ACL: ACLList,
		Keys:  readsKey,
		Group: GroupList, Since: "1.0.0", Complexity: "O(N) where N is the distance from the nearer end.",
		Summary: "Returns an element of a list by its index.",
		Syntax:  "key:key index:integer",
		Handler: cmdLIndex,
	},
	{
		Name: "linsert", Arity: 5, Flags: Write | DenyOOM, ACL: ACLList,
		Keys:  pushesKey,
		Group: GroupList, Since: "2.2.0", Complexity: "O(N) where N is the number of elements before the pivot.",
		Summary: "Puts an element before or behind another one of a list.",
		Syntax:  "key:key where<BEFORE:before|AFTER:after> pivot:string element:string",
		Handler: cmdLInsert,
	},
	{
		Name: "llen", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLList,
		Keys:  []KeySpec{keyAt(1, RO)},
		Group: GroupList, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns the number of elements of a list.",
		Syntax:  "key:key",
		Handler: cmdLLen,
	},
	{
		Name: "lmove", Arity: 5, Flags: Write | DenyOOM, ACL: ACLList,
		Keys:  movesKeys,
		Group: GroupList, Since: "6.2.0", Complexity: "O(1)",
		Summary: "Moves an element from an end of a list to an end of another, and returns it.",
		Syntax:  syntaxMove,
		Handler: cmdLMove,
	},
	{
		Name: "lmpop", Arity: -4, Flags: Write, ACL: ACLList,
		Keys: []KeySpec{{
			Flags: RW | Access | Delete, Begin: BeginIndex, Index: 1, Find: FindCount, Count: 0, First: 1, Step: 1,
		}},
		Group: GroupList, Since: "7.0.0", Complexity: complexityMPop,
		Summary: "Pops elements of the first list among several keys.",
		Syntax:  syntaxMPop,
		Handler: cmdLMPop,
	},
	{
		Name: "lpop", Arity: -2, Flags: Write | Fast, ACL: ACLList,
		Keys:  popsKey,
		Group: GroupList, Since: "1.0.0", Complexity: complexityPop,
		Summary: "Pops elements from the front of a list.",
		Syntax:  "key:key [count:integer]@6.2.0",
		History: []Change{{"6.2.0", "`count` is new."}},
		Handler: cmdLPop,
	},
	{
		Name: "lpos", Arity: -3, Flags: ReadOnly, ACL: ACLList,
		Keys:  readsKey,
		Group: GroupList, Since: "6.0.6", Complexity: "O(N) where N is the number of elements looked at.",
		Summary: "Returns the indexes of an element of a list.",
		Syntax:  "key:key element:string [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]",
		Handler: cmdLPos,
	},
	{
		Name: "lpush", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: ACLList,
		Keys:  pushesKey,
		Group: GroupList, Since: "1.0.0", Complexity: complexityPush,
		Summary: "Pushes elements to the front of a list, which begins empty if the key does not exist.",
		Syntax:  "key:key element:string...",
		History: []Change{{"2.4.0", textMany}},
		Handler: cmdLPush,
	},
	{
		Name: "lpushx", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: ACLList,
		Keys:  pushesKey,
		Group: GroupList, Since: "2.2.0", Complexity: complexityPush,
		Summary: "Pushes elements to the front of a list if it exists.",
		Syntax:  "key:key element:string...",
		History: []Change{{"4.0.0", textMany}},
		Handler: cmdLPushX,
	},
	{
		Name: "lrange", Arity: 4, Flags: ReadOnly, ACL: ACLList,
		Keys:  readsKey,
		Group: GroupList, Since: "1.0.0",
		Complexity: "O(S+N) where S is the distance of the start from the nearer end and N the number of elements returned.",
		Summary:    "Returns a range of a list.",
		Syntax:     "key:key start:integer stop:integer",
		Handler:    cmdLRange,
	},
	{
		Name: "lrem", Arity: 4, Flags: Write, ACL: ACLList,
		Keys:  []KeySpec{keyAt(1, RW|Delete)},
		Group: GroupList, Since: "1.0.0", Complexity: "O(N) where N is the length of the list.",
		Summary: "Removes the elements of a list that equal a given one, or some of them.",
		Syntax:  "key:key count:integer element:string",
		Handler: cmdLRem,
	},
	{
		Name: "lset", Arity: 4, Flags: Write | DenyOOM, ACL: ACLList,
		Keys:  []KeySpec{keyAt(1, RW|Update)},
		Group: GroupList, Since: "1.0.0", Complexity: "O(N) where N is the distance from the nearer end.",
		Summary: "Replaces an element of a list by its index.",
		Syntax:  "key:key index:integer element:string",
		Handler: cmdLSet,
	},
	{
		Name: "ltrim", Arity: 4, Flags: Write, ACL: ACLList,
		Keys:  []KeySpec{keyAt(1, RW|Delete)},
		Group: GroupList, Since: "1.0.0", Complexity: "O(N) where N is the number of elements removed.",
		Summary: "Removes everything but a range from a list.",
		Syntax:  "key:key start:integer stop:integer",
		Handler: cmdLTrim,
	},
	{
		Name: "rpop", Arity: -2, Flags: Write | Fast, ACL: ACLList,
		Keys:  popsKey,
		Group: GroupList, Since: "1.0.0", Complexity: complexityPop,
		Summary: "Pops elements from the end of a list.",
		Syntax:  "key:key [count:integer]@6.2.0",
		History: []Change{{"6.2.0", "`count` is new."}},
		Handler: cmdRPop,
	},
	{
		Name: "rpoplpush", Arity: 3, Flags: Write | DenyOOM, ACL: ACLList,
		Keys:  movesKeys,
		Group: GroupList, Since: "1.2.0", Complexity: "O(1)",
		Deprecated: "6.2.0", ReplacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
		Summary: "Moves the last element of a list to the front of another, and returns it.",
		Syntax:  "source:key destination:key#1",
		Handler: cmdRPopLPush,
	},
	{
		Name: "rpush", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: ACLList,
		Keys:  pushesKey,
		Group: GroupList, Since: "1.0.0", Complexity: complexityPush,
		Summary: "Pushes elements to the end of a list, which begins empty if the key does not exist.",
		Syntax:  "key:key element:string...",
		History: []Change{{"2.4.0", textMany}},
		Handler: cmdRPush,
	},
	{
		Name: "rpushx", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: ACLList,
		Keys:  pushesKey,
		Group: GroupList, Since: "2.2.0", Complexity: complexityPush,
		Summary: "Pushes elements to the end of a list if it exists.",
		Syntax:  "key:key element:string...",
		History: []Change{{"4.0.0", textMany}},
		Handler: cmdRPushX,
	},
}
