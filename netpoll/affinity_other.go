//go:build !linux

package netpoll

import (
	"errors"
	"fmt"
	"runtime"
)

// PinThread binds the calling OS thread to the CPUs where the system can; here
// it changes nothing, and says so unless the list is empty.
func PinThread(cpus []int) error {
	if len(cpus) == 0 {
		return nil
	}
	return fmt.Errorf("binding threads to CPUs on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
