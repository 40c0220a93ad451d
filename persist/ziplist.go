package persist

import (
	"encoding/binary"
	"errors"

	"basalt/internal/decimal"
)

// The packed forms of Redis before 7.0, which old files and dumps hold.
//
// A ziplist:
//
//	bytes u32 LE | offset of the last entry u32 LE | entries u16 LE | entry ... | 0xFF
//
//	entry     size of the previous entry: u8, or 0xFE and u32 LE
//	          00pppppp                    string of p bytes
//	          01pppppp pppppppp           longer string, big-endian
//	          10000000 and u32 BE         longer string
//	          11000000 11010000 11100000  integer of 2, 4, 8 bytes, LE
//	          11110000 11111110           of 3 and 1
//	          1111xxxx                    integer x-1, x from 1 to 13
//
// A zipmap:
//
//	pairs u8, 254 or more for "count them" | (length, key, length, free u8, value, free bytes) ... | 0xFF
//
//	length    u8 below 254, or 0xFE and u32 LE

var (
	errZiplist = errors.New("damaged ziplist")
	errZipmap  = errors.New("damaged zipmap")
)

const (
	ziplistHeader = 10
	ziplistEnd    = 0xff
	ziplistLong   = 0xfe
)

// eachZiplist calls f for the elements of a ziplist, as strings; they die with
// the call. An error of f ends the walk.
func eachZiplist(b []byte, f func(element []byte) error) error {
	if len(b) <= ziplistHeader || int64(binary.LittleEndian.Uint32(b)) != int64(len(b)) || b[len(b)-1] != ziplistEnd {
		return errZiplist
	}
	var scratch [decimal.MaxLen]byte
	count, previous := 0, 0
	last := ziplistHeader
	rest := b[ziplistHeader : len(b)-1]
	for at := ziplistHeader; len(rest) > 0; count++ {
		head := 1
		size := int(rest[0])
		if size == ziplistLong {
			if len(rest) < 5 {
				return errZiplist
			}
			head, size = 5, int(binary.LittleEndian.Uint32(rest[1:]))
		}
		if size != previous || len(rest) <= head {
			return errZiplist
		}
		element, n := ziplistElement(rest[head:], scratch[:0])
		if n == 0 {
			return errZiplist
		}
		if err := f(element); err != nil {
			return err
		}
		last = at
		previous = head + n
		at += previous
		rest = rest[previous:]
	}
	if said := int(binary.LittleEndian.Uint16(b[8:])); said != 65535 && said != count {
		return errZiplist
	}
	if int(binary.LittleEndian.Uint32(b[4:])) != last {
		return errZiplist
	}
	return nil
}

// ziplistElement returns the element whose encoding b begins with, and how many
// bytes that takes, 0 if it is damaged.
func ziplistElement(b, scratch []byte) (element []byte, n int) {
	head, size := 1, 0
	switch c := b[0]; c >> 6 {
	case 0:
		size = int(c)
	case 1:
		if len(b) < 2 {
			return nil, 0
		}
		head, size = 2, int(c&0x3f)<<8|int(b[1])
	case 2:
		if c != 0x80 || len(b) < 5 {
			return nil, 0
		}
		head, size = 5, int(binary.BigEndian.Uint32(b[1:]))
	default:
		value, size := ziplistInt(b)
		if size == 0 {
			return nil, 0
		}
		return decimal.AppendInt(scratch, value), size
	}
	if size > len(b)-head {
		return nil, 0
	}
	return b[head : head+size], head + size
}

func ziplistInt(b []byte) (value int64, n int) {
	size := 0
	switch c := b[0]; c {
	case 0xc0:
		size = 2
	case 0xd0:
		size = 4
	case 0xe0:
		size = 8
	case 0xf0:
		size = 3
	case 0xfe:
		size = 1
	default:
		if c < 0xf1 || c > 0xfd {
			return 0, 0
		}
		return int64(c&0xf) - 1, 1
	}
	if len(b) < 1+size {
		return 0, 0
	}
	for i := size; i > 0; i-- {
		value = value<<8 | int64(b[i])
	}
	shift := 64 - 8*size
	return value << shift >> shift, 1 + size
}

// eachZipmap calls f for the pairs of a zipmap; they are views.
func eachZipmap(b []byte, f func(key, value []byte) error) error {
	if len(b) < 2 || b[len(b)-1] != 0xff {
		return errZipmap
	}
	rest, count := b[1:len(b)-1], 0
	for ; len(rest) > 0; count++ {
		key, n := zipmapString(rest, 0)
		if n == 0 {
			return errZipmap
		}
		rest = rest[n:]
		value, n := zipmapString(rest, 1)
		if n == 0 {
			return errZipmap
		}
		rest = rest[n:]
		if err := f(key, value); err != nil {
			return err
		}
	}
	if b[0] < 254 && int(b[0]) != count {
		return errZipmap
	}
	return nil
}

// zipmapString returns the string that b begins with and what it takes; spare
// is 1 if the length is followed by the count of free bytes behind the string.
func zipmapString(b []byte, spare int) (s []byte, n int) {
	if len(b) == 0 {
		return nil, 0
	}
	head, size := 1, int(b[0])
	switch {
	case size == 254:
		if len(b) < 5 {
			return nil, 0
		}
		head, size = 5, int(binary.LittleEndian.Uint32(b[1:]))
	case size == 255:
		return nil, 0
	}
	free := 0
	if spare != 0 {
		if len(b) <= head {
			return nil, 0
		}
		free = int(b[head])
		head++
	}
	if head+size+free > len(b) {
		return nil, 0
	}
	return b[head : head+size], head + size + free
}
