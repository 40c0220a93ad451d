package netpoll

import (
	"os"
	"strconv"
	"strings"
)

// BacklogMax returns the system's cap on how many connections may wait to be
// accepted, or 0 if it is unknown. A larger ListenOptions.Backlog is cut to it
// without notice.
func BacklogMax() int {
	text, err := os.ReadFile("/proc/sys/net/core/somaxconn")
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return n
}
