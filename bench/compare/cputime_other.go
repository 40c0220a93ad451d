//go:build !linux

package main

import (
	"errors"
	"time"
)

// exactCPUTime is for a system that has a clock of another process.
func exactCPUTime(int) (time.Duration, error) { return 0, errors.ErrUnsupported }
