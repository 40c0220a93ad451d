package command

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"basalt/db"
)

// TestBitmapEvents: what commands of bitmaps, HyperLogLogs and places tell
// listeners and count as changes is what redis-server tells and counts.
func TestBitmapEvents(t *testing.T) {
	n := newNode(t, 2)
	classes := map[string]EventClass{
		"setbit": EventString, "set": EventString, "pfadd": EventString, "del": EventGeneric, "zadd": EventZSet,
		"georadiusstore": EventZSet, "geosearchstore": EventZSet,
	}
	var events []string
	n.c.OnEvent = func(class EventClass, event string, _ *db.DB, key []byte) {
		if classes[event] != class {
			t.Errorf("%s is of class %d", event, class)
		}
		events = append(events, event+" "+string(key))
	}
	for _, c := range []struct {
		command, events string
		dirty           int64
	}{
		{"SETBIT b 7 0", "setbit b", 1},
		{"SETBIT b 7 0", "", 0},
		{"SETBIT b 7 1", "setbit b", 1},
		{"SETBIT b 7 1", "", 0},
		{"SETBIT b 100 0", "setbit b", 1},
		{"GETBIT b 7", "", 0},
		{"BITCOUNT b", "", 0},
		{"BITFIELD b GET u8 0", "", 0},
		{"BITFIELD b SET u8 0 1", "", 0},
		{"BITFIELD b SET u8 0 2 INCRBY u8 8 1 GET u8 0", "setbit b", 2},
		{"BITFIELD b SET u8 0 2 SET u8 8 1", "", 0},
		{"BITFIELD b SET u8 200 0 SET u8 0 2", "setbit b", 2},
		{"BITFIELD b OVERFLOW FAIL INCRBY u8 0 1000", "", 0},
		{"BITFIELD new OVERFLOW FAIL INCRBY u8 0 1000", "", 0},
		{"BITOP NOT d b", "set d", 1},
		{"BITOP OR d missing", "del d", 1},
		{"BITOP OR d missing", "", 0},
		{"BITOP OR none missing", "", 0},
		{"PFADD h", "pfadd h", 1},
		{"PFADD h", "", 0},
		{"PFADD h a b c", "pfadd h", 3},
		{"PFADD h a b", "", 0},
		{"PFCOUNT h", "", 1},
		{"PFCOUNT h", "", 0},
		{"PFCOUNT h missing", "", 0},
		{"PFADD h d", "pfadd h", 1},
		{"PFMERGE h2 h", "pfadd h2", 1},
		{"PFMERGE h2 h", "pfadd h2", 1},
		{"PFMERGE h3", "pfadd h3", 1},
		{"PFDEBUG ENCODING h", "", 0},
		{"PFDEBUG TODENSE h", "", 1},
		{"PFDEBUG TODENSE h", "", 0},
		{"PFDEBUG GETREG h2", "", 1},
		{"GEOADD g 1 1 a 2 2 b", "zadd g", 2},
		{"GEOADD g 1 1 a 2 2 b", "", 0},
		{"GEOADD g 1 2 a 3 3 c", "zadd g", 2},
		{"GEOADD g NX 5 5 a", "", 0},
		{"GEOADD g2 XX 5 5 a", "", 0},
		{"GEORADIUS g 1 1 1000 km STORE to", "georadiusstore to", 3},
		{"GEORADIUS g 1 1 1000 km STORE to", "georadiusstore to", 3},
		{"GEORADIUS g 50 50 1 km STORE to", "del to", 1},
		{"GEORADIUS g 50 50 1 km STORE to", "", 0},
		{"GEORADIUSBYMEMBER g a 1000 km STOREDIST to", "georadiusstore to", 3},
		{"GEOSEARCHSTORE to g FROMMEMBER a BYRADIUS 1000 km", "geosearchstore to", 3},
		{"GEOSEARCHSTORE to missing FROMMEMBER a BYRADIUS 1000 km", "del to", 1},
		{"GEOSEARCHSTORE to missing FROMMEMBER a BYRADIUS 1000 km", "", 0},
	} {
		events = nil
		before, modified := n.keys.Dirty, n.host.modified
		n.do(strings.Fields(c.command)...)
		if got := strings.Join(events, ", "); got != c.events {
			t.Errorf("%s: events %q, want %q", c.command, got, c.events)
		}
		if got := n.keys.Dirty - before; got != c.dirty {
			t.Errorf("%s: %d changes, want %d", c.command, got, c.dirty)
		}
		if told := n.host.modified > modified; told != (c.dirty > 0) {
			t.Errorf("%s: watchers are told: %v", c.command, told)
		}
	}
}

// fieldModel is BITFIELD with numbers of any size: it returns the reply and the
// new value of a field.
func fieldModel(signed bool, width uint, old, operand *big.Int, incr bool, overflow string) (reply string, value *big.Int) {
	one := big.NewInt(1)
	low, high := new(big.Int), new(big.Int).Lsh(one, width)
	if signed {
		low.Neg(new(big.Int).Lsh(one, width-1))
		high.Lsh(one, width-1)
	}
	high.Sub(high, one)
	sum := new(big.Int).Set(operand)
	if incr {
		sum.Add(old, operand)
	} else if !signed && sum.Sign() < 0 {
		sum.Add(sum, new(big.Int).Lsh(one, 64)) // a negative number is taken for a large one
	}
	value = sum
	// Far below the least value a signed field wraps around to the greatest.
	far := !incr && width < 64 && new(big.Int).Sub(high, sum).BitLen() > 63
	if sum.Cmp(high) > 0 || sum.Cmp(low) < 0 {
		switch {
		case overflow == "FAIL":
			return null, old
		case overflow == "WRAP":
			value = new(big.Int).And(sum, new(big.Int).Sub(new(big.Int).Lsh(one, width), one))
			if signed && value.Bit(int(width)-1) == 1 {
				value.Sub(value, new(big.Int).Lsh(one, width))
			}
		case sum.Cmp(high) > 0 || far:
			value = high
		default:
			value = low
		}
	}
	if incr {
		return fmt.Sprintf(":%d\r\n", value), value
	}
	return fmt.Sprintf(":%d\r\n", old), value
}

// FuzzBitField compares the arithmetic of BITFIELD with numbers of any size.
func FuzzBitField(f *testing.F) {
	f.Add(true, uint8(8), int64(-100), int64(-100), uint16(3), true, uint8(1))
	f.Add(false, uint8(63), int64(1)<<62, int64(-1)<<63, uint16(77), true, uint8(0))
	f.Add(true, uint8(63), int64(0), int64(-8039577889529561008), uint16(0), false, uint8(1))
	f.Add(true, uint8(64), int64(1)<<62, int64(1)<<62, uint16(1), true, uint8(1))
	n := newNode(f, 2)
	f.Fuzz(func(t *testing.T, signed bool, width uint8, start, operand int64, offset uint16, incr bool, way uint8) {
		n.t = t
		kind, limit := "u", uint8(63)
		if signed {
			kind, limit = "i", 64
		}
		width = 1 + width%limit
		field, at := fmt.Sprint(kind, width), fmt.Sprint(offset)
		overflow := []string{"WRAP", "SAT", "FAIL"}[way%3]
		verb := "SET"
		if incr {
			verb = "INCRBY"
		}
		n.do("FLUSHALL")
		_, old := fieldModel(signed, uint(width), new(big.Int), big.NewInt(start), false, "WRAP")
		reply, value := fieldModel(signed, uint(width), old, big.NewInt(operand), incr, overflow)
		n.do("BITFIELD", "k", "SET", field, at, fmt.Sprint(start))
		want := fmt.Sprintf("*3\r\n:%d\r\n%s:%d\r\n", old, reply, value)
		got := n.do("BITFIELD", "k", "GET", field, at, "OVERFLOW", overflow, verb, field, at, fmt.Sprint(operand), "GET", field, at)
		if got != want {
			t.Fatalf("%s of %s at %s from %d by %d, %s\n got %q\nwant %q", verb, field, at, start, operand, overflow, got, want)
		}
	})
}
