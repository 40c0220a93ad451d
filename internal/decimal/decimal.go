// Package decimal converts between integers and their one canonical decimal
// text: no sign but a leading '-', no leading zeros, no "-0". A value that has
// this form can be kept as an integer and printed back unchanged.
package decimal

// MaxLen is the length of the longest canonical int64, "-9223372036854775808".
const MaxLen = 20

// Parse reads the canonical text of an int64. It reports false for anything
// that AppendInt would not print: empty text, spaces, '+', leading zeros, "-0",
// and numbers out of range. It keeps nothing of b.
func Parse(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > MaxLen {
		return 0, false
	}
	i, neg := 0, false
	if b[0] == '-' {
		neg, i = true, 1
		if len(b) == 1 {
			return 0, false
		}
	}
	if b[i] == '0' {
		return 0, len(b) == 1
	}
	if len(b)-i > 19 {
		return 0, false
	}
	// 19 digits never overflow a uint64; the range check follows.
	var v uint64
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d > 9 {
			return 0, false
		}
		v = v*10 + uint64(d)
	}
	if neg {
		if v > 1<<63 {
			return 0, false
		}
		return -int64(v), true
	}
	if v > 1<<63-1 {
		return 0, false
	}
	return int64(v), true
}

const pairs = "00010203040506070809" + "10111213141516171819" +
	"20212223242526272829" + "30313233343536373839" +
	"40414243444546474849" + "50515253545556575859" +
	"60616263646566676869" + "70717273747576777879" +
	"80818283848586878889" + "90919293949596979899"

// AppendInt appends the canonical text of n to dst and returns the extended
// slice.
func AppendInt(dst []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	return AppendUint(dst, u)
}

// AppendUint appends the canonical text of u to dst and returns the extended
// slice.
func AppendUint(dst []byte, u uint64) []byte {
	if u < 10 {
		return append(dst, byte('0'+u))
	}
	var buf [MaxLen]byte
	i := len(buf)
	for u >= 100 {
		q := u / 100
		p := (u - q*100) * 2
		u = q
		i -= 2
		buf[i], buf[i+1] = pairs[p], pairs[p+1]
	}
	if u >= 10 {
		i -= 2
		buf[i], buf[i+1] = pairs[u*2], pairs[u*2+1]
	} else {
		i--
		buf[i] = byte('0' + u)
	}
	return append(dst, buf[i:]...)
}

// Len returns the length of the canonical text of n.
func Len(n int64) int {
	u, l := uint64(n), 1
	if n < 0 {
		u, l = -u, 2
	}
	for u >= 10 {
		u /= 10
		l++
	}
	return l
}
