//go:build !linux

package vfs

import "os"

// syncData is the full sync: on macOS the only one that reaches the disk.
func syncData(f *os.File) error { return f.Sync() }
