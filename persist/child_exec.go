package persist

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"

	"basalt/ringbuf"
)

// A child is this program, started with a name and an argument that nobody
// types, and with descriptors that nobody has by chance:
//
//	3, 4, 5   memory, filled and room of the ring
//	6         the job, as JSON; it stays open as long as the parent lives
//	7         the result, as JSON
const (
	childName  = "basalt-child"
	childToken = "snapshot-over-inherited-descriptors-3-7"

	childRing   = 3
	childJob    = 6
	childResult = 7
)

// childAllowed says that the program turns into a child when it is started as
// one. A test's binary, which knows nothing of that, must not be started.
var childAllowed atomic.Bool

// errNoExec says that a child process could not be started.
var errNoExec = errors.New("no child process can be started")

// childJobText is what goes through the pipe. Paths are bytes, which need not be text.
type childJobText struct {
	Job         Job
	Temp, Final []byte
	Nice        int
	CPUs        []int
}

type childResultText struct {
	Stats Stats
	Error string
}

// BecomeChild turns the process into a child if it was started as one, and does
// not return then. Every program that calls StartChild calls it first thing, before it
// looks at its arguments; in one that does not, jobs run in goroutines.
func BecomeChild() {
	if len(os.Args) == 2 && os.Args[0] == childName && os.Args[1] == childToken {
		os.Exit(childMain())
	}
	childAllowed.Store(true)
}

// Limits of a child. It allocates next to nothing, and keeps buffers of some
// 100 KiB; a compressor or a huge value may take more, which is fine.
const (
	childGC          = 20
	childMemoryLimit = 24 << 20
)

// childEnvironment is known to the runtime before anything else runs.
var childEnvironment = []string{"GOGC=" + strconv.Itoa(childGC), "GOMAXPROCS=1"}

func childMain() int {
	debug.SetMemoryLimit(childMemoryLimit)
	ring, err := ringbuf.OpenShared(childRing, childRing+1, childRing+2)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: only a server starts this: %v\n", childName, err)
		return 2
	}
	pipe, result := os.NewFile(childJob, "job"), os.NewFile(childResult, "result")
	for fd := 3; fd <= childResult; fd++ {
		syscall.CloseOnExec(fd)
	}
	var text childJobText
	in := json.NewDecoder(pipe)
	if err := in.Decode(&text); err != nil {
		fmt.Fprintf(os.Stderr, "%s: job: %v\n", childName, err)
		return 2
	}
	job := &text.Job
	job.Temp, job.Final = string(text.Temp), string(text.Final)
	go func() {
		// Nothing more is written: the pipe ends with the parent.
		_, _ = io.Copy(io.Discard, pipe)
		_ = os.Remove(job.Temp)
		os.Exit(1)
	}()
	forgetProgram()
	out := childResultText{}
	if err := placeProcess(text.Nice, text.CPUs); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", childName, err) // it works as well elsewhere
	}
	out.Stats, err = job.run(osFiles{}, ring)
	out.Stats.MaxRSS = maxRSS()
	if err != nil {
		out.Error = err.Error()
	}
	if err := json.NewEncoder(result).Encode(out); err != nil {
		return 1
	}
	return 0
}

// exec runs the job in a process. errNoExec says that there was none.
func (c *Child) exec() (Stats, error) {
	jobRead, jobWrite, err := os.Pipe()
	if err != nil {
		return Stats{}, fmt.Errorf("%w: %w", errNoExec, err)
	}
	defer jobWrite.Close() // the child lives no longer
	defer jobRead.Close()
	resultRead, resultWrite, err := os.Pipe()
	if err != nil {
		return Stats{}, fmt.Errorf("%w: %w", errNoExec, err)
	}
	defer resultRead.Close()
	defer resultWrite.Close()
	p, err := c.start(jobRead, resultWrite)
	if err != nil {
		return Stats{}, fmt.Errorf("%w: %w", errNoExec, err)
	}
	jobRead.Close()
	resultWrite.Close()
	c.pid.Store(int64(p.Pid))
	c.process.Store(p)
	if c.unwanted.Load() {
		_ = p.Kill()
	}
	err = json.NewEncoder(jobWrite).Encode(childJobText{
		Job: c.job, Temp: []byte(c.job.Temp), Final: []byte(c.job.Final), Nice: c.opts.Nice, CPUs: c.opts.CPUs,
	})
	var result childResultText
	if err == nil {
		err = json.NewDecoder(resultRead).Decode(&result)
	}
	return c.judge(p, &result, err)
}

// judge waits for the end of the process and says what came of it; broken is why
// there is no result.
func (c *Child) judge(p *os.Process, result *childResultText, broken error) (Stats, error) {
	state, err := p.Wait()
	switch {
	case err != nil:
		err = fmt.Errorf("waiting for child process %d: %w", p.Pid, err)
	case result.Error != "":
		err = errors.New(result.Error)
	case broken == nil:
		// The file is in its place, however the process went on to end.
	default:
		err = fmt.Errorf("child process %d ended without a result: %s", p.Pid, state)
	}
	s := result.Stats
	if broken != nil {
		s.Keys, s.Bytes = int64(c.ring.Reported(reportKeys)), int64(c.ring.Reported(reportBytes))
	}
	s.Pid, s.Ended = p.Pid, err == nil
	if state != nil {
		s.UserUs, s.SystemUs = state.UserTime().Microseconds(), state.SystemTime().Microseconds()
	}
	return s, err
}

// start starts the process. The descriptors are passed as they are: as files of
// package os they would change to blocking ones.
func (c *Child) start(job, result *os.File) (*os.Process, error) {
	path, err := c.opts.program, error(nil)
	if path == "" {
		path, err = ownPath()
	}
	if err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	ring := c.ring.Inherit()
	pid, err := syscall.ForkExec(path, []string{childName, childToken}, &syscall.ProcAttr{
		Env:   childEnvironment,
		Files: []uintptr{null.Fd(), 2, 2, ring[0], ring[1], ring[2], job.Fd(), result.Fd()},
		// What a terminal sends to the server is for the server, which ends its
		// child itself.
		Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		return nil, fmt.Errorf("exec %s: %w", path, err)
	}
	return os.FindProcess(pid)
}

// local runs the job in this goroutine, on a thread that ends with it, as its
// priority and CPUs are not those of others.
func (c *Child) local() (Stats, error) {
	runtime.LockOSThread()
	if err := placeThread(c.opts.Nice, c.opts.CPUs); err != nil {
		c.opts.Log(err.Error())
	}
	return c.job.run(osFiles{}, c.ring)
}
