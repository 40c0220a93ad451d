//go:build !linux

package main

import "errors"

// treeMemory is known on Linux only.
func treeMemory(int) (int64, error) { return 0, errors.ErrUnsupported }
