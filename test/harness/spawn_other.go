//go:build !linux

package harness

import "os/exec"

func spawn(cmd *exec.Cmd) error { return cmd.Start() }
