package db

import "encoding/binary"

// The loops of BITOP: t becomes t op s, for as many bytes as s has, which are
// no more than t has. Four words a turn is where the loads, not the loop,
// become the limit.

func andBytes(t, s []byte) {
	for ; len(s) >= 32; t, s = t[32:], s[32:] {
		t, s := t[:32:32], s[:32:32]
		binary.LittleEndian.PutUint64(t, binary.LittleEndian.Uint64(t)&binary.LittleEndian.Uint64(s))
		binary.LittleEndian.PutUint64(t[8:], binary.LittleEndian.Uint64(t[8:])&binary.LittleEndian.Uint64(s[8:]))
		binary.LittleEndian.PutUint64(t[16:], binary.LittleEndian.Uint64(t[16:])&binary.LittleEndian.Uint64(s[16:]))
		binary.LittleEndian.PutUint64(t[24:], binary.LittleEndian.Uint64(t[24:])&binary.LittleEndian.Uint64(s[24:]))
	}
	for i, c := range s {
		t[i] &= c
	}
}

func orBytes(t, s []byte) {
	for ; len(s) >= 32; t, s = t[32:], s[32:] {
		t, s := t[:32:32], s[:32:32]
		binary.LittleEndian.PutUint64(t, binary.LittleEndian.Uint64(t)|binary.LittleEndian.Uint64(s))
		binary.LittleEndian.PutUint64(t[8:], binary.LittleEndian.Uint64(t[8:])|binary.LittleEndian.Uint64(s[8:]))
		binary.LittleEndian.PutUint64(t[16:], binary.LittleEndian.Uint64(t[16:])|binary.LittleEndian.Uint64(s[16:]))
		binary.LittleEndian.PutUint64(t[24:], binary.LittleEndian.Uint64(t[24:])|binary.LittleEndian.Uint64(s[24:]))
	}
	for i, c := range s {
		t[i] |= c
	}
}

func andNotBytes(t, s []byte) {
	for ; len(s) >= 32; t, s = t[32:], s[32:] {
		t, s := t[:32:32], s[:32:32]
		binary.LittleEndian.PutUint64(t, binary.LittleEndian.Uint64(t)&^binary.LittleEndian.Uint64(s))
		binary.LittleEndian.PutUint64(t[8:], binary.LittleEndian.Uint64(t[8:])&^binary.LittleEndian.Uint64(s[8:]))
		binary.LittleEndian.PutUint64(t[16:], binary.LittleEndian.Uint64(t[16:])&^binary.LittleEndian.Uint64(s[16:]))
		binary.LittleEndian.PutUint64(t[24:], binary.LittleEndian.Uint64(t[24:])&^binary.LittleEndian.Uint64(s[24:]))
	}
	for i, c := range s {
		t[i] &^= c
	}
}

// andOfNotBytes makes t the bytes of s without those of t.
func andOfNotBytes(t, s []byte) {
	for ; len(s) >= 32; t, s = t[32:], s[32:] {
		t, s := t[:32:32], s[:32:32]
		binary.LittleEndian.PutUint64(t, binary.LittleEndian.Uint64(s)&^binary.LittleEndian.Uint64(t))
		binary.LittleEndian.PutUint64(t[8:], binary.LittleEndian.Uint64(s[8:])&^binary.LittleEndian.Uint64(t[8:]))
		binary.LittleEndian.PutUint64(t[16:], binary.LittleEndian.Uint64(s[16:])&^binary.LittleEndian.Uint64(t[16:]))
		binary.LittleEndian.PutUint64(t[24:], binary.LittleEndian.Uint64(s[24:])&^binary.LittleEndian.Uint64(t[24:]))
	}
	for i, c := range s {
		t[i] = c &^ t[i]
	}
}

func notBytes(t []byte) {
	for ; len(t) >= 32; t = t[32:] {
		t := t[:32:32]
		binary.LittleEndian.PutUint64(t, ^binary.LittleEndian.Uint64(t))
		binary.LittleEndian.PutUint64(t[8:], ^binary.LittleEndian.Uint64(t[8:]))
		binary.LittleEndian.PutUint64(t[16:], ^binary.LittleEndian.Uint64(t[16:]))
		binary.LittleEndian.PutUint64(t[24:], ^binary.LittleEndian.Uint64(t[24:]))
	}
	for i := range t {
		t[i] = ^t[i]
	}
}

// orCarryBytes is orBytes; bits that were set in t already are set in carry,
// which is as long.
func orCarryBytes(t, carry, s []byte) {
	for ; len(s) >= 32; t, carry, s = t[32:], carry[32:], s[32:] {
		t, carry, s := t[:32:32], carry[:32:32], s[:32:32]
		orCarryWord(t, carry, s)
		orCarryWord(t[8:], carry[8:], s[8:])
		orCarryWord(t[16:], carry[16:], s[16:])
		orCarryWord(t[24:], carry[24:], s[24:])
	}
	for i, c := range s {
		carry[i] |= t[i] & c
		t[i] |= c
	}
}

func orCarryWord(t, carry, s []byte) {
	a, b := binary.LittleEndian.Uint64(t), binary.LittleEndian.Uint64(s)
	binary.LittleEndian.PutUint64(carry, binary.LittleEndian.Uint64(carry)|a&b)
	binary.LittleEndian.PutUint64(t, a|b)
}
