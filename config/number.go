package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// form is how a number is written.
type form uint8

const (
	plain   form = iota
	memory       // bytes, with units
	percent      // bytes with units, or a percentage kept as a negative number
	octal        // permission bits
)

// maxInt is the largest C int, a bound users meet in error texts.
const maxInt = math.MaxInt32

var (
	errNotInteger = reason("argument couldn't be parsed into an integer")
	errNotOctal   = reason("argument couldn't be parsed as an octal number")
	errNotMemory  = reason("argument must be a memory value")
	errNotPercent = reason("argument must be a memory or percent value")
)

// number is the value of every directive that holds one number.
type number struct {
	form     form
	load     func(*Config) int64
	store    func(*Config, int64)
	def      int64
	min, max int64
	// wide numbers are unsigned and use all 64 bits of the int64 that carries
	// them; min and max do not apply.
	wide bool
	// low and high, unless both 0, silently narrow what min and max admit, where
	// Redis does.
	low, high int64
}

type anyInt interface {
	~int | ~int64 | ~uint32 | ~uint64
}

func numberOf[T anyInt](f form, field func(*Config) *T, def, min, max int64) number {
	return number{
		form:  f,
		load:  func(c *Config) int64 { return int64(*field(c)) },
		store: func(c *Config, v int64) { *field(c) = T(v) },
		def:   def, min: min, max: max,
	}
}

// integer declares a plain number.
func integer[T anyInt](field func(*Config) *T, def, min, max int64) value {
	return numberOf(plain, field, def, min, max)
}

// byteCount declares a number of bytes.
func byteCount[T anyInt](field func(*Config) *T, def, min, max int64) value {
	return numberOf(memory, field, def, min, max)
}

// clamped takes values beyond low and high as the nearest of these.
func (n number) clamped(low, high int64) value {
	n.low, n.high = low, high
	return n
}

// byteCount64 declares a number of bytes that may use all 64 bits.
func byteCount64(field func(*Config) *uint64) value {
	n := numberOf(memory, field, 0, 0, 0)
	n.wide = true
	return n
}

func (n number) reset(c *Config) { n.store(c, n.def) }

func (n number) set(c *Config, args []string) error {
	v, err := n.parse(args[0])
	if err != nil {
		return err
	}
	if n.low != n.high {
		v = min(max(v, n.low), n.high)
	}
	n.store(c, v)
	return nil
}

func (n number) parse(s string) (int64, error) {
	if n.form == memory || n.form == percent {
		if u, ok := parseMemory(s); ok {
			if !n.wide && (u > math.MaxInt64 || int64(u) < n.min || int64(u) > n.max) {
				return 0, n.outOfBounds()
			}
			return int64(u), nil
		}
	}
	switch n.form {
	case memory:
		return 0, errNotMemory
	case percent:
		v, ok := parseInteger(strings.TrimSuffix(s, "%"))
		if !ok || v < 0 || !strings.HasSuffix(s, "%") {
			return 0, errNotPercent
		}
		if -v < n.min {
			return 0, reason("percentage argument must be less or equal to " + strconv.FormatInt(-n.min, 10))
		}
		return -v, nil
	case octal:
		v, err := strconv.ParseInt(s, 8, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0, errNotOctal
		}
		if v < n.min || v > n.max {
			return 0, n.outOfBounds()
		}
		return v, nil
	}
	v, ok := parseInteger(s)
	if !ok {
		return 0, errNotInteger
	}
	if v < n.min || v > n.max {
		return 0, n.outOfBounds()
	}
	return v, nil
}

func (n number) outOfBounds() error {
	base := 10
	if n.form == octal {
		base = 8
	}
	return reason("argument must be between " + strconv.FormatInt(n.min, base) +
		" and " + strconv.FormatInt(n.max, base) + " inclusive")
}

func (n number) get(c *Config) string {
	v := n.load(c)
	switch {
	case n.form == octal:
		return strconv.FormatInt(v, 8)
	case n.form == percent && v < 0:
		return strconv.FormatInt(-v, 10) + "%"
	case n.wide:
		return strconv.FormatUint(uint64(v), 10)
	}
	return strconv.FormatInt(v, 10)
}

func (n number) rewrite(c *Config, name string) []rewriteLine {
	v := n.load(c)
	text := n.get(c)
	if n.form == memory || n.form == percent && v >= 0 {
		text = formatMemory(uint64(v))
	}
	return []rewriteLine{{name + " " + text, v != n.def}}
}

func (n number) describe() string {
	unit := [...]string{"integer", "memory", "memory or percentage", "octal number"}[n.form]
	if n.wide {
		return unit
	}
	low, high := n.min, n.max
	base := 10
	switch n.form {
	case octal:
		base = 8
	case percent:
		return unit + " up to " + strconv.FormatInt(-low, 10) + "%"
	}
	text := unit
	if low != math.MinInt32 && low != 0 {
		text += " from " + strconv.FormatInt(low, base)
	}
	if high < maxInt {
		text += " up to " + strconv.FormatInt(high, base)
	}
	return text
}

// parseInteger takes what Redis takes for a 64-bit integer: decimal digits with
// an optional minus, no plus, no leading zero, no space.
func parseInteger(s string) (int64, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || digits[0] == '0' && len(s) > 1 {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}

// units in the order in which formatMemory prefers them; the decimal ones are
// understood only.
var units = []struct {
	name string
	size uint64
}{
	{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10},
	{"", 1}, {"b", 1}, {"k", 1000}, {"m", 1000_000}, {"g", 1000_000_000},
}

// parseMemory takes digits and a unit of any letter case: b, k, m and g count in
// thousands, kb, mb and gb in 1024s. No digits at all are zero, as in Redis; a
// number too large for 64 bits, which Redis wraps around, is refused.
func parseMemory(s string) (uint64, bool) {
	s = untilZero(s)
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	var v uint64
	if end > 0 {
		var err error
		if v, err = strconv.ParseUint(s[:end], 10, 64); err != nil {
			return 0, false
		}
	}
	for _, u := range units {
		if strings.EqualFold(s[end:], u.name) {
			return v * u.size, v <= math.MaxUint64/u.size
		}
	}
	return 0, false
}

// formatMemory writes v with the largest binary unit that divides it.
func formatMemory(v uint64) string {
	for _, u := range units[:3] {
		if v != 0 && v%u.size == 0 {
			return strconv.FormatUint(v/u.size, 10) + u.name
		}
	}
	return strconv.FormatUint(v, 10)
}
