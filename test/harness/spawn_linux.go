package harness

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// spawn starts a child that the kernel kills when this process dies, however
// it dies: a test that times out leaves no server behind. The kernel watches
// the thread that started the child, so one goroutine that never leaves its
// thread starts them all.
func spawn(cmd *exec.Cmd) error {
	startSpawner.Do(func() { go spawner() })
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	done := make(chan error)
	spawns <- request{cmd, done}
	return <-done
}

type request struct {
	cmd  *exec.Cmd
	done chan error
}

var (
	startSpawner sync.Once
	spawns       = make(chan request)
)

func spawner() {
	runtime.LockOSThread()
	for r := range spawns {
		r.done <- r.cmd.Start()
	}
}
