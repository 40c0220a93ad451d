package netpoll

import (
	"fmt"
	"strconv"
	"strings"
)

// cpuMax is one more than the highest CPU number that PinThread can name.
const cpuMax = 1024

// ParseCPUList reads a list as Redis's server-cpulist has it: numbers and ranges
// joined by commas, a range with an optional step: "0,2-3", "0-10:2". It returns
// the numbers in ascending order, each once; an empty list gives none.
func ParseCPUList(list string) ([]int, error) {
	if list == "" {
		return nil, nil
	}
	var wanted [cpuMax]bool
	for item := range strings.SplitSeq(list, ",") {
		first, last, step, err := parseCPURange(item)
		if err != nil {
			return nil, fmt.Errorf("CPU list %q: %w", list, err)
		}
		for cpu := first; cpu <= last; cpu += step {
			wanted[cpu] = true
		}
	}
	var cpus []int
	for cpu, ok := range wanted {
		if ok {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

func parseCPURange(item string) (first, last, step int, err error) {
	span, stepText, stepped := strings.Cut(item, ":")
	firstText, lastText, ranged := strings.Cut(span, "-")
	if first, err = parseCPU(firstText); err != nil {
		return
	}
	last, step = first, 1
	if ranged {
		if last, err = parseCPU(lastText); err != nil {
			return
		}
	}
	if stepped {
		if step, err = parseCPU(stepText); err != nil {
			return
		}
	}
	switch {
	case stepped && !ranged:
		err = fmt.Errorf("%q has a step but no range", item)
	case step == 0:
		err = fmt.Errorf("%q has a step of 0", item)
	case last < first:
		err = fmt.Errorf("%q runs backwards", item)
	}
	return
}

func parseCPU(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	if n >= cpuMax {
		return 0, fmt.Errorf("%d is too high", n)
	}
	return int(n), nil
}
