package main

import (
	"errors"
	"fmt"
	"os"

	"basalt/persist"
)

// check is `basalt check`: it looks at files of the data directory while no
// server has them. The exit code is 0 if all of them are sound, or were fixed.
func check(args []string) int {
	fix := false
	var paths []string
	for _, arg := range args {
		switch {
		case arg == "--fix":
			fix = true
		case len(arg) > 1 && arg[0] == '-':
			fmt.Fprintf(os.Stderr, "basalt check: no option %s\n", arg)
			return 1
		default:
			paths = append(paths, arg)
		}
	}
	if len(paths) == 0 {
		fmt.Fprintln(os.Stderr, "usage: basalt check [--fix] file ...")
		return 1
	}
	switch err := persist.Check(paths, fix, os.Stdout); {
	case err == nil:
		return 0
	case errors.Is(err, persist.ErrDamaged): // said already
	default:
		fmt.Fprintln(os.Stderr, "basalt check:", err)
	}
	return 1
}
