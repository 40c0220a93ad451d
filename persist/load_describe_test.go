package persist

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/db"
	"basalt/internal/decimal"
)

// describe tells all that is in a keyspace, a line for each key, sorted.
func describe(k *db.Keyspace) []string {
	var lines []string
	for i := range k.Count() {
		d := k.DB(i)
		d.Each(func(e *db.Entry) bool {
			lines = append(lines, describeKey(k, d, e))
			return true
		})
	}
	sort.Strings(lines)
	return lines
}

func describeKey(k *db.Keyspace, d *db.DB, e *db.Entry) string {
	line := fmt.Sprintf("%d %q %s", d.Index(), e.Key(), describeValue(d, e))
	if at, ok := e.Deadline(); ok {
		line += fmt.Sprintf(" until %d", at)
	}
	return line
}

func quoted(parts ...string) string {
	for i, p := range parts {
		if len(p) > 200 {
			p = fmt.Sprintf("%d:%x", len(p), updateCRC(0, []byte(p)))
		}
		parts[i] = strconv.Quote(p)
	}
	return strings.Join(parts, " ")
}

func elementText(e db.Element) string {
	var scratch [decimal.MaxLen]byte
	return string(e.Text(scratch[:]))
}

func describeValue(d *db.DB, e *db.Entry) string {
	var parts []string
	switch e.Type() {
	case db.TypeString:
		return "string " + quoted(string(e.Bytes(make([]byte, decimal.MaxLen))))
	case db.TypeList:
		for i := range e.ListLen() {
			it := e.ListAt(i)
			parts = append(parts, elementText(it.Element()))
		}
	case db.TypeSet:
		e.SetEach(func(m db.Element) { parts = append(parts, elementText(m)) })
		sort.Strings(parts)
	case db.TypeHash:
		fields := map[string]string{}
		d.HashEach(e, func(name, value db.Element) {
			n := elementText(name)
			if at, _ := d.HashDeadline(e, []byte(n)); at != db.NoDeadline {
				n += fmt.Sprintf("@%d", at)
			}
			fields[n] = elementText(value)
		})
		parts = sortedPairs(fields)
	case db.TypeZSet:
		it := e.ZRange(0, e.ZLen(), false)
		for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
			parts = append(parts, elementText(m), scoreText(score))
		}
	case db.TypeStream:
		return "stream " + describeStream(e.Stream())
	}
	return e.Type().String() + " " + quoted(parts...)
}

// scoreText writes minus zero as zero, which is what small sorted sets make of it.
func scoreText(f float64) string { return strconv.FormatFloat(f+0, 'g', -1, 64) }

func sortedPairs(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	var parts []string
	for _, n := range names {
		parts = append(parts, n, m[n])
	}
	return parts
}

func idText(id db.StreamID) string { return fmt.Sprintf("%d-%d", id.Ms, id.Seq) }

// describeStream is in the order of XINFO STREAM FULL.
func describeStream(s *db.Stream) string {
	var b strings.Builder
	fmt.Fprintf(&b, "length %d last %s deleted %s added %d first %s", s.Len(), idText(s.LastID()), idText(s.DeletedMax()),
		s.Added(), idText(s.FirstID()))
	for c := s.Range(db.StreamID{}, db.StreamIDMax, false); c.Next(); {
		fmt.Fprintf(&b, " [%s", idText(c.ID))
		for range c.Fields {
			name, value := c.Field()
			fmt.Fprintf(&b, " %q", name)
			fmt.Fprintf(&b, " %q", value)
		}
		b.WriteString("]")
	}
	for i := range s.Groups() {
		g := s.GroupAt(i)
		fmt.Fprintf(&b, " group %q last %s read %d pending", g.Name(), idText(g.LastID), g.Read)
		for c := g.PendingFrom(db.StreamID{}, nil); c.Next(); {
			p := c.Pending()
			fmt.Fprintf(&b, " [%s %s %d %d]", idText(c.ID), p.Consumer().Name(), p.DeliveredMs, p.Deliveries)
		}
		for i := range g.Consumers() {
			c := g.ConsumerAt(i)
			fmt.Fprintf(&b, " consumer %q seen %d pending", c.Name(), c.SeenMs)
			for p := g.PendingFrom(db.StreamID{}, c); p.Next(); {
				fmt.Fprintf(&b, " %s", idText(p.ID))
			}
		}
	}
	return b.String()
}

// loadAll loads a file into a keyspace.
func loadAll(file []byte, k *db.Keyspace, o LoadOptions) (*Loader, error) {
	l, err := OpenRDB(bytes.NewReader(file), int64(len(file)), k, o)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	for {
		if done, err := l.Step(time.Millisecond); done || err != nil {
			return l, err
		}
	}
}

// mustLoad is loadAll for a file that is all right.
func mustLoad(t testing.TB, file []byte, o LoadOptions) (*db.Keyspace, *Loader) {
	t.Helper()
	o.Checksum = true
	k := newKeyspace()
	l, err := loadAll(file, k, o)
	if err != nil {
		t.Fatal(err)
	}
	return k, l
}

func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Fatalf("key %d:\n got %.2000s\nwant %.2000s", i, g, w)
		}
	}
}

// newKeyspace returns a keyspace in the year 2023.
func newKeyspace() *db.Keyspace { return db.New(16, 1_700_000_000_000) }
