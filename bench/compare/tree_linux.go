package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// treeMemory is the memory of a process and of all its children, in bytes, in
// which pages that several of them share count once.
func treeMemory(pid int) (int64, error) {
	size, err := proportional(pid)
	if err != nil {
		return 0, err
	}
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return 0, err
	}
	for _, path := range lists {
		list, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has ended meanwhile
		}
		for _, field := range bytes.Fields(list) {
			child, err := strconv.Atoi(string(field))
			if err != nil {
				return 0, fmt.Errorf("%s: %w", path, err)
			}
			more, err := treeMemory(child)
			if err != nil && !gone(err) {
				return 0, err
			}
			size += more
		}
	}
	return size, nil
}

// gone says that a process has ended meanwhile.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) }

// proportional is the memory of a process, each page divided by the number of
// those who share it.
func proportional(pid int) (int64, error) {
	path := fmt.Sprintf("/proc/%d/smaps_rollup", pid)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == "Pss:" {
			kib, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("%s: no Pss", path)
}
