package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"basalt/test/harness"
)

// cpuTime is the processor time a process has used, user and kernel, with its
// threads. Linux says so exactly, or in /proc; elsewhere ps has to be asked.
func cpuTime(pid int) (time.Duration, error) {
	if used, err := exactCPUTime(pid); err == nil {
		return used, nil
	}
	if used, err := harness.CPU(pid); err == nil {
		return used, nil
	}
	text, err := ps(pid, "time=")
	if err != nil {
		return 0, err
	}
	return parseCPUTime(text)
}

// resident is the memory of a process that is not swapped out, in bytes.
func resident(pid int) (int64, error) {
	if size, err := harness.RSS(pid); err == nil {
		return size, nil
	}
	text, err := ps(pid, "rss=")
	if err != nil {
		return 0, err
	}
	kib, err := strconv.ParseInt(text, 10, 64)
	return kib << 10, err
}

// ps asks for one column of a process.
func ps(pid int, column string) (string, error) {
	out, err := exec.Command("ps", "-o", column, "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return "", fmt.Errorf("ps of %d: %w", pid, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// parseCPUTime reads what ps prints: [[days-]hours:]minutes:seconds[.hundredths].
func parseCPUTime(text string) (time.Duration, error) {
	days, clock, ok := strings.Cut(text, "-")
	if !ok {
		days, clock = "0", text
	}
	seconds, err := strconv.ParseFloat(days, 64)
	seconds *= 24 // in hours, then in the units of the parts
	parts := strings.Split(clock, ":")
	for len(parts) < 3 {
		parts = append([]string{"0"}, parts...)
	}
	for i, part := range parts {
		n, partErr := strconv.ParseFloat(part, 64)
		if partErr != nil || n < 0 {
			err = fmt.Errorf("ps: %q is no time", text)
		}
		if seconds += n; i < len(parts)-1 {
			seconds *= 60
		}
	}
	if err != nil || len(parts) > 3 {
		return 0, fmt.Errorf("ps: %q is no time", text)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond), nil
}
