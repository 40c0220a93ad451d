package generate

import "strconv"

// bitmapTemplates are the commands of bits in strings.
var bitmapTemplates = []template{
	{14, "", "SETBIT <key> <bit> (0|1|<small>)"},
	{10, "", "GETBIT <key> <bit>"},
	{10, "", "BITCOUNT <key> [<bitindex> <bitindex> [(BYTE|BIT)]]"},
	{10, "", "BITPOS <key> (0|1) [<bitindex> [<bitindex> [(BYTE|BIT)]]]"},
	{6, "", "BITOP (AND|OR|XOR) <key> <key>..."},
	{4, "", "BITOP NOT <key> <key> [<key>]"},
	{14, "", "BITFIELD <key> ([OVERFLOW (WRAP|SAT|FAIL)] (GET <field> <fieldat>|SET <field> <fieldat> <wide>|INCRBY <field> <fieldat> <wide>))..."},
	{4, "", "BITFIELD_RO <key> (GET <field> <fieldat>)..."},
}

// field is a type of BITFIELD, seldom one that there is not.
func (g *Generator) field() string {
	width := 1 + g.rng.IntN(63)
	if g.rng.IntN(20) == 0 {
		width = g.rng.IntN(67)
	}
	return pick(g.rng, []string{"i", "u"}) + strconv.Itoa(width)
}

// fieldAt is an offset in bits or in fields.
func (g *Generator) fieldAt() string {
	if g.rng.IntN(3) == 0 {
		return "#" + strconv.Itoa(g.rng.IntN(8))
	}
	return strconv.Itoa(g.rng.IntN(300))
}

// wide is an integer of any width.
func (g *Generator) wide() string {
	return strconv.FormatInt(int64(g.rng.Uint64())>>g.rng.IntN(64), 10)
}
