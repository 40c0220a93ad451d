package script

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"basalt/internal/double"
)

// A norm makes two replies comparable that may differ by right: it returns the
// part of a reply that has to be the same. Scripts name them in braces before
// the command; several are separated by semicolons and apply in turn.
//
//	sort        the elements in any order
//	scan        [cursor [elements]]: the elements in any order
//	pairs       keys and values in turn, the pairs in any order
//	keys        keys and values in turn: only the keys, in any order
//	type        only the kind of reply
//	shape       kinds and numbers of elements, all the way down
//	length      the kind and the length of a string or number of elements
//	word        only the first word of a line (the code of an error)
//	mask RE     what matches RE is the same whatever it is, but for the part
//	            in parentheses
//	lines RE    of a text, only the lines that match RE
//	sortlines   the lines of a text in any order
//	fields      of a text of name=value, only the names
//	near N      a number, give or take N
//	doubles     numbers with an exponent as 7.2 writes them
type norm func(node) node

// Comparison says how the replies of one command are compared.
type Comparison struct {
	norms []norm
	near  float64 // > 0: numbers may differ by so much
}

// ParseComparison reads what stands in the braces: the empty text compares
// byte for byte.
func ParseComparison(spec string) (Comparison, error) {
	var c Comparison
	if spec == "" {
		return c, nil
	}
	for _, word := range strings.Split(spec, ";") {
		name, arg, _ := strings.Cut(strings.TrimSpace(word), " ")
		switch name {
		case "near":
			near, err := strconv.ParseFloat(arg, 64)
			if err != nil || near <= 0 {
				return c, fmt.Errorf("near %q", arg)
			}
			c.near = near
		case "mask", "lines":
			re, err := regexp.Compile(arg)
			if err != nil {
				return c, err
			}
			if name == "mask" {
				c.norms = append(c.norms, mask(re))
			} else {
				c.norms = append(c.norms, linesOf(re))
			}
		default:
			fn, ok := simpleNorms[name]
			if !ok {
				return c, fmt.Errorf("no norm called %q", name)
			}
			c.norms = append(c.norms, fn)
		}
	}
	return c, nil
}

var simpleNorms = map[string]norm{
	"sort":    sorted,
	"scan":    scanned,
	"pairs":   func(n node) node { return joinPairs(n, 2) },
	"keys":    func(n node) node { return joinPairs(n, 1) },
	"type":    func(n node) node { return node{kind: '+', text: string(n.kind) + fmt.Sprint(n.null)} },
	"shape":   shape,
	"length":  length,
	"word":    word,
	"fields":  fields,
	"doubles": doubles,
	"sortlines": func(n node) node {
		lines := strings.Split(n.text, "\n")
		slices.Sort(lines)
		n.text = strings.Join(lines, "\n")
		return n
	},
}

// Exact says that replies must be equal byte for byte.
func (c Comparison) Exact() bool { return len(c.norms) == 0 && c.near == 0 }

// Equal compares two replies under the norms and returns what was compared.
func (c Comparison) Equal(want, got []byte) (bool, string, string) {
	w, werr := parse(want)
	g, gerr := parse(got)
	if werr != nil || gerr != nil {
		return false, Text(want), Text(got)
	}
	for _, fn := range c.norms {
		w, g = fn(w), fn(g)
	}
	wt, gt := w.String(), g.String()
	if wt == gt {
		return true, wt, gt
	}
	return c.near > 0 && nearby(w, g, c.near), wt, gt
}

func nearby(w, g node, within float64) bool {
	if w.kind != g.kind || len(w.kids) != len(g.kids) {
		return false
	}
	for i := range w.kids {
		if !nearby(w.kids[i], g.kids[i], within) {
			return false
		}
	}
	if w.text == g.text {
		return true
	}
	a, errA := strconv.ParseFloat(w.text, 64)
	b, errB := strconv.ParseFloat(g.text, 64)
	return errA == nil && errB == nil && math.Abs(a-b) <= within
}

func sorted(n node) node {
	kids := slices.Clone(n.kids)
	slices.SortFunc(kids, func(a, b node) int { return strings.Compare(a.String(), b.String()) })
	n.kids = kids
	return n
}

func scanned(n node) node {
	if len(n.kids) != 2 {
		return n
	}
	n.kids = []node{n.kids[0], sorted(n.kids[1])}
	return n
}

// joinPairs keeps the first `keep` of each key and value, the pairs sorted.
func joinPairs(n node, keep int) node {
	out := node{kind: n.kind, null: n.null}
	for i := 0; i+1 < len(n.kids); i += 2 {
		out.kids = append(out.kids, node{kind: '>', kids: n.kids[i : i+keep]})
	}
	return sorted(out)
}

func shape(n node) node {
	out := node{kind: n.kind, null: n.null}
	for _, kid := range n.kids {
		out.kids = append(out.kids, shape(kid))
	}
	return out
}

func length(n node) node {
	return node{kind: '+', text: fmt.Sprintf("%c%v %d", n.kind, n.null, len(n.text)+len(n.kids))}
}

func word(n node) node {
	n.text, _, _ = strings.Cut(n.text, " ")
	return n
}

func mask(re *regexp.Regexp) norm {
	replacement := "<>"
	if re.NumSubexp() > 0 {
		replacement = "<$1>"
	}
	var masked func(n node) node
	masked = func(n node) node {
		n.text = re.ReplaceAllString(n.text, replacement)
		kids := make([]node, len(n.kids))
		for i := range n.kids {
			kids[i] = masked(n.kids[i])
		}
		n.kids = kids
		return n
	}
	return masked
}

var exponential = regexp.MustCompile(`^-?\d(\.\d+)?e[+-]\d+$`)

// doubles writes the numbers of 7.0, which have an exponent from 1e17 on, in
// the layout of 7.2.
func doubles(n node) node {
	if exponential.MatchString(n.text) {
		if f, err := strconv.ParseFloat(n.text, 64); err == nil {
			n.text = string(double.Append(nil, f))
		}
	}
	kids := make([]node, len(n.kids))
	for i := range n.kids {
		kids[i] = doubles(n.kids[i])
	}
	n.kids = kids
	return n
}

func linesOf(re *regexp.Regexp) norm {
	return func(n node) node {
		var kept []string
		for _, line := range strings.Split(n.text, "\n") {
			if line = strings.TrimSuffix(line, "\r"); re.MatchString(line) {
				kept = append(kept, line)
			}
		}
		n.text = strings.Join(kept, "\n")
		return n
	}
}

func fields(n node) node {
	var names []string
	for _, field := range strings.Fields(n.text) {
		name, _, _ := strings.Cut(field, "=")
		names = append(names, name)
	}
	n.text = strings.Join(names, " ")
	return n
}
