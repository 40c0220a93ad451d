// Package glob matches byte strings against the glob patterns of the Redis
// protocol: those of KEYS, SCAN, CONFIG GET, PSUBSCRIBE and ACL rules.
//
//   - any run of bytes
//     ?      any one byte
//     [abc]  one of the listed bytes; a-z is a range, a leading ^ negates
//     \x     the byte x itself, inside and outside a class
//
// Clients depend on the corner cases of the original as much as on the rules,
// so those are kept and each is named where it is decided: an unterminated
// class ends with the pattern, ranges compare signed bytes, and a pattern that
// begins with a star does not match the empty string.
//
// Every element but the star consumes exactly one byte. A later star can
// therefore absorb whatever an earlier one could have absorbed more, and it is
// enough to remember the latest star and retry from it: the cost is at most
// len(pattern)*len(s), where the obvious recursion is exponential in the number
// of stars. The pattern and the string may both come from an attacker.
package glob

// Match reports whether the whole of s matches pattern. With nocase, ASCII
// letters of either case are equal, except for an escaped byte inside a class.
// It neither keeps nor changes the slices and does not allocate.
func Match(pattern, s []byte, nocase bool) bool {
	p, i := 0, 0
	starP, starI := -1, 0 // element behind the latest star, where it was tried
	for p < len(pattern) && i < len(s) {
		if pattern[p] == '*' {
			p = skipStars(pattern, p)
			if p == len(pattern) {
				return true
			}
			starP, starI = p, i
			continue
		}
		ok, next := element(pattern, p, s[i], nocase)
		p = next
		i++
		if i == len(s) {
			// Nothing is left to match: only stars may follow. A retry from the
			// star would leave fewer bytes still for the same elements.
			if ok && skipStars(pattern, p) == len(pattern) {
				return true
			}
			if ok && p < len(pattern) {
				return false
			}
		} else if ok && p < len(pattern) {
			continue
		}
		// A mismatch, or the pattern ended before the string did.
		starI++
		if starP < 0 || starI >= len(s) {
			return false
		}
		p, i = starP, starI
	}
	return p == len(pattern) && i == len(s)
}

// IsLiteral reports whether pattern can match only the one string that is
// spelled like it, so that a caller may look the string up instead of scanning.
func IsLiteral(pattern []byte) bool {
	for _, c := range pattern {
		if c == '*' || c == '?' || c == '[' || c == '\\' {
			return false
		}
	}
	return true
}

// skipStars returns the index of the first byte at or behind p that is no star.
func skipStars(pattern []byte, p int) int {
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p
}

// element matches the one-byte element at pattern[p], which is not a star,
// against c and returns the index behind the element.
func element(pattern []byte, p int, c byte, nocase bool) (bool, int) {
	switch pattern[p] {
	case '?':
		return true, p + 1
	case '[':
		return class(pattern, p+1, c, nocase)
	case '\\':
		// A backslash that ends the pattern stands for itself.
		if p+1 < len(pattern) {
			p++
		}
	}
	return equal(pattern[p], c, nocase), p + 1
}

// class matches c against the class whose first byte behind the bracket is at
// p. It returns the index behind the closing bracket, or the pattern's length
// where the bracket is missing: such a class is taken as closed there.
func class(pattern []byte, p int, c byte, nocase bool) (matched bool, next int) {
	negated := p < len(pattern) && pattern[p] == '^'
	if negated {
		p++
	}
	for p < len(pattern) {
		rest := len(pattern) - p
		switch {
		case pattern[p] == '\\' && rest >= 2:
			// The original compares an escaped byte exactly even when letter
			// case is to be ignored.
			p++
			matched = matched || pattern[p] == c
		case pattern[p] == ']':
			return matched != negated, p + 1
		case rest >= 3 && pattern[p+1] == '-':
			matched = matched || inRange(pattern[p], pattern[p+2], c, nocase)
			p += 2
		default:
			matched = matched || equal(pattern[p], c, nocase)
		}
		p++
	}
	return matched != negated, p
}

// inRange compares as signed bytes, as the original does on the machines it
// mostly runs on: it shows only in a range that mixes ASCII with other bytes.
// The ends may come in either order, and are ordered before case is folded.
func inRange(low, high, c byte, nocase bool) bool {
	if int8(low) > int8(high) {
		low, high = high, low
	}
	if nocase {
		low, high, c = lower(low), lower(high), lower(c)
	}
	return int8(low) <= int8(c) && int8(c) <= int8(high)
}

func equal(a, b byte, nocase bool) bool {
	return a == b || nocase && lower(a) == lower(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// Ends appends to prefix the bytes that every match of pattern begins with, and
// to suffix those that it ends with: what stands in front of the first element
// that is not one certain byte, and behind the last. The two do not overlap in
// a match. If all elements are certain bytes, they are the prefix.
func Ends(pattern, prefix, suffix []byte) (newPrefix, newSuffix []byte) {
	start, literal := len(suffix), true
	for p := 0; p < len(pattern); {
		switch pattern[p] {
		case '*', '?':
			p++
		case '[':
			_, p = class(pattern, p+1, 0, false)
		default:
			if pattern[p] == '\\' && p+1 < len(pattern) {
				p++
			}
			if literal {
				prefix = append(prefix, pattern[p])
			} else {
				suffix = append(suffix, pattern[p])
			}
			p++
			continue
		}
		literal, suffix = false, suffix[:start]
	}
	return prefix, suffix
}
