package config

import "strings"

// splitArguments turns command line arguments into configuration lines: what
// begins with two dashes is a directive, what follows up to the next one are its
// values. The word right behind a directive is always a value, even if it begins
// with dashes; an argument may also hold a directive and its values at once. A
// single dash at either end asks for standard input.
func splitArguments(args []string) (lines []string, stdin bool) {
	needValue := false
	for i, a := range args {
		last := i == len(args)-1
		if a == "-" && (i == 0 || last) {
			stdin = true
			continue
		}
		if needValue || !strings.HasPrefix(a, "--") {
			if len(lines) == 0 {
				// A value without a directive: shown as it is, and refused.
				lines = append(lines, quote(a))
			} else {
				lines[len(lines)-1] += " " + quote(a)
			}
			needValue = false
			continue
		}
		lines = append(lines, a[2:])
		words, _ := splitLine(a)
		needValue = len(words) == 1
		// "--save" without a value turns snapshots off, as it did before several
		// values were allowed; otherwise the next directive would be its value.
		if strings.EqualFold(a, "--save") && (last || strings.HasPrefix(args[i+1], "--")) {
			lines[len(lines)-1] += ` ""`
			needValue = false
		}
	}
	return lines, stdin
}

// envPrefix marks the variables that are directives.
const envPrefix = "BASALT_"

// environment reads the variables BASALT_<DIRECTIVE>: the name in capitals with
// underscores for dashes. The value is taken whole, without quoting; directives
// with several values split it at spaces, statements as a line of a file. An unknown name is an error like any
// other, but variables that container platforms make up for a service called
// basalt are left alone.
func (l *loader) environment(env []string) error {
	byName := make(map[string]*Directive, len(index))
	for name, d := range index {
		byName[strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = d
	}
	for _, entry := range env {
		key, value, _ := strings.Cut(entry, "=")
		name, found := strings.CutPrefix(key, envPrefix)
		if !found || isServiceLink(name, value) {
			continue
		}
		origin := Origin{"environment", 0, entry}
		d := byName[name]
		if d == nil {
			return origin.Error("Bad directive or wrong number of arguments")
		}
		if d.Has(Sensitive) {
			origin.Text = key + "=(redacted)"
		}
		args := []string{value}
		if d.Has(FileOnly) {
			var ok bool
			if args, ok = splitLine(value); !ok {
				return origin.Error("Unbalanced quotes in configuration line")
			}
		}
		if err := l.directive(append([]string{d.Name}, args...), origin); err != nil {
			return err
		}
	}
	return nil
}

// isServiceLink recognises what Kubernetes and Docker links define in every
// container beside a service named basalt: BASALT_SERVICE_HOST,
// BASALT_PORT=tcp://10.0.0.1:6379, BASALT_PORT_6379_TCP_ADDR and the like.
func isServiceLink(name, value string) bool {
	if strings.HasPrefix(name, "SERVICE_HOST") || strings.HasPrefix(name, "SERVICE_PORT") {
		return true
	}
	rest, found := strings.CutPrefix(name, "PORT")
	switch {
	case !found:
		return false
	case rest == "":
		return strings.Contains(value, "://")
	}
	return len(rest) > 1 && rest[0] == '_' && rest[1] >= '0' && rest[1] <= '9'
}
