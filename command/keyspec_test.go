package command

import (
	"bytes"
	"fmt"
	"testing"
)

func TestAppendKeys(t *testing.T) {
	counted := KeySpec{Flags: RO, Begin: BeginIndex, Index: 1, Find: FindCount, First: 1, Step: 1}
	pairs := KeySpec{Flags: OW, Begin: BeginIndex, Index: 1, Find: FindCount, First: 1, Step: 2}
	streams := KeySpec{
		Flags: RO, Begin: BeginKeyword, Keyword: "STREAMS", Index: 1,
		Find: FindRange, Last: -1, Step: 1, Limit: 2,
	}
	fromEnd := KeySpec{
		Flags: RW, Begin: BeginKeyword, Keyword: "KEYS", Index: -2,
		Find: FindRange, Last: -1, Step: 1,
	}
	channel := keyAt(1, NotKey)
	partial := keyAt(1, RO|Incomplete)
	for _, test := range []struct {
		specs []KeySpec
		call  string
		want  string // indexes, or "error"
	}{
		{[]KeySpec{keyAt(1, RO)}, "get a", "[1]"},
		{[]KeySpec{keyAt(2, RO)}, "get a", "error"},
		{[]KeySpec{keyAt(1, RO), keyAt(2, OW)}, "copy a b", "[1 2]"},
		{[]KeySpec{keysAt(1, -1, 1, RO)}, "mget a b c", "[1 2 3]"},
		{[]KeySpec{keysAt(1, -1, 1, RO)}, "mget", "error"},
		{[]KeySpec{keysAt(1, -2, 1, RO)}, "blpop a b 0", "[1 2]"},
		{[]KeySpec{keysAt(1, -1, 2, OW)}, "mset a 1 b 2", "[1 3]"},
		{[]KeySpec{counted}, "union 2 a b more", "[2 3]"},
		{[]KeySpec{counted}, "union 0 a", "error"},
		{[]KeySpec{counted}, "union 3 a b", "error"},
		{[]KeySpec{counted}, "union -1 a b", "error"},
		{[]KeySpec{counted}, "union x a b", "error"},
		{[]KeySpec{counted}, "union 9223372036854775807 a b", "error"},
		{[]KeySpec{counted}, "union", "error"},
		{[]KeySpec{pairs}, "msetex 2 a 1 b 2 NX", "[2 4]"},
		{[]KeySpec{pairs}, "msetex 3 a 1 b 2", "error"},
		{[]KeySpec{streams}, "xread COUNT 2 streams a b 0 0", "[4 5]"},
		{[]KeySpec{streams}, "xread COUNT 2", "[]"},
		{[]KeySpec{streams}, "xread streams", "error"},
		{[]KeySpec{fromEnd}, "migrate h p keys db KEYS a b", "[6 7]"},
		{[]KeySpec{fromEnd}, "migrate h p k db KEYS", "[]"},
		{[]KeySpec{channel}, "spublish c m", "[]"},
		{[]KeySpec{partial}, "sort a", "error"},
		{[]KeySpec{{Flags: RO}}, "unknown a", "error"},
	} {
		row := Row{Keys: test.specs}
		refs, ok := row.AppendKeys(nil, bytes.Fields([]byte(test.call)))
		got := "error"
		if ok {
			at := []int{}
			for _, ref := range refs {
				at = append(at, ref.Index)
			}
			got = fmt.Sprint(at)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.call, got, test.want)
		}
	}
}

// TestGetKeysIsPreferred: flags that vary and specs that fail are left to the
// function.
func TestGetKeysIsPreferred(t *testing.T) {
	third := func(args [][]byte, refs []KeyRef) ([]KeyRef, bool) {
		return append(refs, KeyRef{Index: 3, Flags: OW}), true
	}
	args := bytes.Fields([]byte("cmd a b c"))
	for _, test := range []struct {
		spec KeySpec
		want int
	}{
		{keyAt(1, RO), 1},
		{keyAt(1, RW|VariableFlags), 3},
		{keyAt(1, RW|Incomplete), 3},
		{KeySpec{Flags: RO}, 3},
	} {
		row := Row{Keys: []KeySpec{test.spec}, GetKeys: third}
		refs, ok := row.AppendKeys(make([]KeyRef, 1), args)
		if !ok || len(refs) != 2 || refs[1].Index != test.want {
			t.Errorf("%+v: %v %v", test.spec, refs, ok)
		}
	}
}

func TestLegacyRange(t *testing.T) {
	keyword := KeySpec{Flags: RO, Begin: BeginKeyword, Keyword: "STORE", Index: 2, Find: FindRange, Step: 1}
	counted := KeySpec{Flags: RO, Begin: BeginIndex, Index: 1, Find: FindCount, First: 1, Step: 1}
	for _, test := range []struct {
		name    string
		specs   []KeySpec
		want    keyRange
		movable bool
		first   int
	}{
		{"none", nil, keyRange{}, false, 0},
		{"one", []KeySpec{keyAt(2, RO)}, keyRange{2, 2, 1}, false, 2},
		{"one of many", []KeySpec{keysAt(1, -1, 2, OW)}, keyRange{1, -1, 2}, false, 1},
		{"incomplete", []KeySpec{keyAt(1, RO|Incomplete)}, keyRange{1, 1, 1}, true, 1},
		{"two neighbours", []KeySpec{keyAt(1, RO), keyAt(2, OW)}, keyRange{1, 2, 1}, false, 1},
		{"open end", []KeySpec{keyAt(1, OW), keysAt(2, -1, 1, RO)}, keyRange{1, -1, 1}, false, 1},
		{"a gap", []KeySpec{keyAt(1, OW), keyAt(3, RO)}, keyRange{1, 1, 1}, true, 1},
		{"keyword too", []KeySpec{keyAt(1, RO), keyword}, keyRange{1, 1, 1}, true, 1},
		{"keyword first", []KeySpec{keyword, keyAt(1, RO)}, keyRange{1, 1, 1}, true, 0},
		{"counted", []KeySpec{counted}, keyRange{}, true, 2},
		{"channel", []KeySpec{keyAt(1, NotKey)}, keyRange{1, 1, 1}, false, 0},
	} {
		got, movable := legacyRange(test.specs)
		if got != test.want || movable != test.movable || firstKey(test.specs) != test.first {
			t.Errorf("%s: %v %v %d", test.name, got, movable, firstKey(test.specs))
		}
	}
}

// TestFirstKeyIsThere: the executor takes Args[FirstKey] of every call whose
// arity fits.
func TestFirstKeyIsThere(t *testing.T) {
	table := mustTable(t)
	for id := range table.IDs() {
		if row := table.ByID(id); row.FirstKey >= max(row.Arity, -row.Arity) {
			t.Errorf("%s: first key %d, arity %d", row.FullName, row.FirstKey, row.Arity)
		}
	}
	optional := sample("eval")
	optional.Arity, optional.Flags = -3, NoMandatoryKeys
	optional.Keys = []KeySpec{{Flags: RW, Begin: BeginIndex, Index: 2, Find: FindCount, First: 1, Step: 1}}
	if row := sampleTable(t, nil, optional).Rows()[0]; row.FirstKey != 0 || row.Flags&MovableKeys == 0 {
		t.Errorf("first key %d, flags %b", row.FirstKey, row.Flags)
	}
}
