package script

// CommandRow writes the one row of a COMMAND INFO reply so that two servers can
// be compared by it: name, arity, flags, keys, categories and key
// specifications. Flags and categories are sets and put in order; the notes of
// a specification are words for people, and hints for clients change with
// every version, so both are left out. known is false for the row of a command
// the server does not have.
func CommandRow(frame []byte) (text string, known bool, err error) {
	n, err := parse(frame)
	if err != nil || len(n.kids) != 1 || n.kids[0].null || len(n.kids[0].kids) < 10 {
		return "", false, err
	}
	row := n.kids[0].kids
	compared := node{kind: '*', kids: append(append([]node{}, row[:7]...), row[8])}
	return sortedDeep(compared).String(), true, nil
}

// sortedDeep puts arrays of lines (not of bulks) in order and drops notes.
func sortedDeep(n node) node {
	var kids []node
	lines := len(n.kids) > 0
	for i := 0; i < len(n.kids); i++ {
		if n.kids[i].kind == '$' && n.kids[i].text == "notes" {
			i++
			continue
		}
		kid := sortedDeep(n.kids[i])
		kids = append(kids, kid)
		lines = lines && kid.kind == '+'
	}
	n.kids = kids
	if lines {
		return sorted(n)
	}
	return n
}
