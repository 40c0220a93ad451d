package resp

import (
	"math"
	"slices"
	"testing"
)

// values are replies with their bytes and their text; the bytes are as Append
// writes them.
var values = []struct {
	wire, text string
	v          Value
}{
	{"+OK\r\n", `+OK`, TextValue(KindSimple, "OK")},
	{"+\r\n", `+`, TextValue(KindSimple, "")},
	{"-ERR no\r\n", `-ERR no`, TextValue(KindError, "ERR no")},
	{":-42\r\n", `:-42`, IntValue(-42)},
	{":9223372036854775807\r\n", `:9223372036854775807`, IntValue(math.MaxInt64)},
	{"$5\r\na\r\n\xff\"\r\n", `"a\r\n\xff\""`, TextValue(KindBulk, "a\r\n\xff\"")},
	{"$0\r\n\r\n", `""`, TextValue(KindBulk, "")},
	{"$-1\r\n", `nil`, Value{Kind: KindNullBulk}},
	{"*-1\r\n", `nil[]`, Value{Kind: KindNullArray}},
	{"_\r\n", `_`, Value{Kind: KindNull}},
	{"#t\r\n", `#t`, BoolValue(true)},
	{"#f\r\n", `#f`, BoolValue(false)},
	{",3.141\r\n", `,3.141`, DoubleValue(3.141)},
	{",3.1410000000000000\r\n", `,3.1410000000000000`, DoubleValue(3.141)},
	{",inf\r\n", `,inf`, DoubleValue(math.Inf(1))},
	{",-inf\r\n", `,-inf`, DoubleValue(math.Inf(-1))},
	{",nan\r\n", `,nan`, DoubleValue(math.NaN())},
	{",-nan\r\n", `,-nan`, DoubleValue(math.NaN())},
	{"(-12345678901234567890\r\n", `(-12345678901234567890`, TextValue(KindBigNumber, "-12345678901234567890")},
	{"!6\r\nERR\r\nx\r\n", `!"ERR\r\nx"`, TextValue(KindBulkError, "ERR\r\nx")},
	{"=5\r\ntxt:a\r\n", `="txt:a"`, TextValue(KindVerbatim, "txt:a")},
	{"*0\r\n", `[]`, ListValue(KindArray)},
	{"*2\r\n:1\r\n*1\r\n$-1\r\n", `[:1, [nil]]`, ListValue(KindArray, IntValue(1), ListValue(KindArray, Value{Kind: KindNullBulk}))},
	{"~2\r\n:1\r\n:2\r\n", `~[:1, :2]`, ListValue(KindSet, IntValue(1), IntValue(2))},
	{">1\r\n+m\r\n", `>[+m]`, ListValue(KindPush, TextValue(KindSimple, "m"))},
	{"%0\r\n", `%{}`, ListValue(KindMap)},
	{"%2\r\n+a\r\n:1\r\n+b\r\n*0\r\n", `%{+a: :1, +b: []}`,
		ListValue(KindMap, TextValue(KindSimple, "a"), IntValue(1), TextValue(KindSimple, "b"), ListValue(KindArray))},
	{"|1\r\n+ttl\r\n:3\r\n$1\r\nx\r\n", `|{+ttl: :3} "x"`,
		ListValue(KindAttribute, TextValue(KindSimple, "ttl"), IntValue(3), TextValue(KindBulk, "x"))},
	{"*1\r\n|0\r\n:7\r\n", `[|{} :7]`, ListValue(KindArray, ListValue(KindAttribute, IntValue(7)))},
}

// streamed are wire forms that decode to a plain value.
var streamed = map[string]string{
	"$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n":          `"Hello"`,
	"$?\r\n;0\r\n":                                   `""`,
	"*?\r\n:1\r\n*?\r\n.\r\n:2\r\n.\r\n":             `[:1, [], :2]`,
	"%?\r\n+a\r\n:1\r\n.\r\n":                        `%{+a: :1}`,
	"~?\r\n$?\r\n;1\r\nx\r\n;0\r\n.\r\n":             `~["x"]`,
	"*?\r\n|1\r\n+a\r\n+b\r\n:1\r\n.\r\n":            `[|{+a: +b} :1]`,
	"*2\r\n*?\r\n*1\r\n:1\r\n.\r\n$?\r\n;0\r\n":      `[[[:1]], ""]`,
	"%1\r\n*?\r\n.\r\n|1\r\n*0\r\n%0\r\n~1\r\n_\r\n": `%{[]: |{[]: %{}} ~[_]}`,
}

func TestValues(t *testing.T) {
	for _, c := range values {
		var d Decoder
		var v Value
		if n, err := d.DecodeBytes(&v, []byte(c.wire)); n != len(c.wire) || err != nil {
			t.Errorf("%q: took %d, %v", c.wire, n, err)
			continue
		}
		if !v.Equal(&c.v) || !c.v.Equal(&v) {
			t.Errorf("%q is %s, not %s", c.wire, &v, &c.v)
		}
		if got := v.String(); got != c.text {
			t.Errorf("%q reads %s, want %s", c.wire, got, c.text)
		}
		if got := string(v.Append(nil)); got != c.wire {
			t.Errorf("%q was written back as %q", c.wire, got)
		}
	}
	for wire, text := range streamed {
		var d Decoder
		var v Value
		if n, err := d.DecodeBytes(&v, []byte(wire)); n != len(wire) || err != nil || v.String() != text {
			t.Errorf("%q: %s, took %d, %v", wire, &v, n, err)
		}
	}
}

func TestEqualTellsApart(t *testing.T) {
	same := func(a, b int) bool {
		text := func(i int) bool { return values[i].v.Kind == KindDouble }
		return a == b || text(a) && text(b) && values[a].v.Equal(&values[b].v)
	}
	for i := range values {
		for j := range values {
			if got := values[i].v.Equal(&values[j].v); got != same(i, j) {
				t.Errorf("%s equals %s: %v", &values[i].v, &values[j].v, got)
			}
		}
	}
	a, b := ListValue(KindArray, IntValue(1)), ListValue(KindArray, IntValue(2))
	if a.Equal(&b) {
		t.Error("elements are not compared")
	}
}

func TestValueAccess(t *testing.T) {
	i, b, d, s := IntValue(-3), BoolValue(true), DoubleValue(1.5), TextValue(KindBulk, "x")
	if i.Int() != -3 || b.Int() != 1 || d.Int() != 0 || d.Double() != 1.5 || i.Double() != 0 || s.Int() != 0 {
		t.Error("numbers")
	}
	var nulls, errors int
	for k := range values {
		if values[k].v.IsNull() {
			nulls++
		}
		if values[k].v.IsError() {
			errors++
		}
	}
	if nulls != 3 || errors != 2 {
		t.Error(nulls, "nulls,", errors, "errors")
	}
	var none Value
	if none.String() != "none" || none.IsNull() {
		t.Error("the zero value:", none.String())
	}
}

// A value is decoded into again and again, with anything left from before.
func TestValueReuse(t *testing.T) {
	var d Decoder
	var v Value
	for i := range values {
		for j := range values {
			for _, k := range []int{i, j} {
				if _, err := d.DecodeBytes(&v, []byte(values[k].wire)); err != nil || !v.Equal(&values[k].v) {
					t.Fatalf("%d after %d: %s, %v", j, i, &v, err)
				}
			}
		}
	}
}

func TestDecodeAllocates(t *testing.T) {
	all := []byte{}
	for _, c := range values {
		all = append(all, c.wire...)
	}
	all = append(AppendArray(nil, len(values)), all...)
	var d Decoder
	var v Value
	common := slices.Concat([]byte("*5\r\n$3\r\nabc\r\n:123456\r\n+OK\r\n_\r\n,1.5\r\n"))
	for name, in := range map[string][]byte{"common": common, "all": all} {
		half := len(in) / 2
		if allocs := testing.AllocsPerRun(100, func() {
			if n, done, err := d.Decode(&v, in[:half]); n != half || done || err != nil {
				t.Fatal(n, done, err)
			}
			if _, done, err := d.Decode(&v, in[half:]); !done || err != nil {
				t.Fatal(done, err)
			}
		}); allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
