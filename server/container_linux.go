package server

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// availableBytes is the memory that the process may use: that of the machine, or
// less where it runs in a control group with a limit, as containers do.
func availableBytes() int64 { return min(systemBytes(), cgroupBytes("/")) }

// cgroupBytes is the least memory limit of the control groups of the process, of
// either version, MaxInt64 without one. root is where the file system begins.
// See cgroups(7) and the kernel's cgroup-v2 and memory controller documents.
func cgroupBytes(root string) int64 {
	limit := int64(math.MaxInt64)
	groups, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return limit
	}
	lines := bufio.NewScanner(bytes.NewReader(groups))
	for lines.Scan() {
		// hierarchy:controllers:path; the second version has no controllers.
		parts := strings.SplitN(lines.Text(), ":", 3)
		if len(parts) != 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if parts[1] != "" {
			if !hasController(parts[1], "memory") {
				continue
			}
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		// The limits of all groups above count too. Inside a container the path may
		// be that of the host, and only the mount's own root is there.
		for path := filepath.Clean("/" + parts[2]); ; path = filepath.Dir(path) {
			limit = min(limit, limitIn(filepath.Join(root, mount, path, file)))
			if path == "/" {
				break
			}
		}
	}
	return limit
}

func hasController(list, name string) bool {
	for c := range strings.SplitSeq(list, ",") {
		if c == name {
			return true
		}
	}
	return false
}

// limitIn reads a limit: a number of bytes, or "max". The first version says that
// there is none by a number near the largest.
func limitIn(path string) int64 {
	b, err := os.ReadFile(path)
	if err != nil {
		return math.MaxInt64
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil || n <= 0 {
		return math.MaxInt64
	}
	return n
}
