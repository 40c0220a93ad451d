package ringbuf

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// eachShared runs a test over memory of both kinds, with a consumer's end that is
// a mapping of its own where there is one.
func eachShared(t *testing.T, f func(t *testing.T, producer, consumer *Shared)) {
	t.Run("local", func(t *testing.T) {
		r, err := NewLocal(sharedMin)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		f(t, r, r)
	})
	t.Run("mapped", func(t *testing.T) {
		r, err := NewShared(sharedMin)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var fds [3]int
		for i, fd := range r.Inherit() {
			if fds[i], err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err != nil {
				t.Fatal(err)
			}
		}
		c, err := OpenShared(fds[0], fds[1], fds[2])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		f(t, r, c)
	})
}

// fill writes what chunk number i holds.
func fill(b []byte, i int) {
	for j := range b {
		b[j] = byte(i*31 + j)
	}
}

func TestSharedStream(t *testing.T) {
	eachShared(t, func(t *testing.T, p, c *Shared) {
		const chunks = 3000
		sizes := func() *rand.Rand { return rand.New(rand.NewPCG(7, 8)) }
		done := make(chan string, 1)
		go func() {
			rng := sizes()
			for i := range chunks {
				n := 1 + rng.IntN(1<<rng.IntN(17))
				n = min(n, ChunkMax)
				var got []byte
				for got = c.Next(); got == nil; got = c.Next() {
					c.WaitFilled(time.Minute)
				}
				want := make([]byte, n)
				fill(want, i)
				if string(got) != string(want) {
					done <- "chunk differs"
					return
				}
				c.Report(1, uint64(i))
				c.Release()
			}
			done <- ""
		}()
		rng, spare := sizes(), rand.New(rand.NewPCG(9, 10))
		for i := range chunks {
			n := 1 + rng.IntN(1<<rng.IntN(17))
			n = min(n, ChunkMax)
			var w []byte
			for w = p.Window(n + spare.IntN(ChunkMax-n+1)); w == nil; w = p.Window(n) {
				if len(done) > 0 {
					t.Fatal(<-done)
				}
				p.WaitRoom(time.Minute)
			}
			fill(w[:n], i)
			p.Commit(n)
		}
		p.Flush()
		if err := <-done; err != "" {
			t.Fatal(err)
		}
		if p.Filled() != 0 || p.Free() != p.Cap() || p.Reported(1) != chunks-1 {
			t.Fatal(p.Filled(), p.Free(), p.Reported(1))
		}
	})
}

func TestSharedFull(t *testing.T) {
	eachShared(t, func(t *testing.T, p, c *Shared) {
		n := 0
		for ; ; n++ {
			w := p.Window(1000)
			if w == nil {
				break
			}
			binary.LittleEndian.PutUint64(w, uint64(n))
			p.Commit(8)
		}
		if p.Free() >= roomEnough {
			t.Fatal("no window with room for", p.Free())
		}
		for i := range n {
			b := c.Next()
			if len(b) != 8 || binary.LittleEndian.Uint64(b) != uint64(i) {
				t.Fatalf("chunk %d is %x", i, b)
			}
			c.Release()
		}
		if c.Next() != nil || p.Window(ChunkMax) == nil {
			t.Fatal("the ring is not empty")
		}
	})
}

// A sleeper wakes although the wait that it asked for is longer than the test
// may take.
func TestSharedWakes(t *testing.T) {
	eachShared(t, func(t *testing.T, p, c *Shared) {
		woken := make(chan bool)
		go func() {
			for !c.Aborted() {
				c.WaitFilled(time.Hour)
			}
			woken <- true
		}()
		p.Abort()
		<-woken
		go func() {
			p.WaitRoom(time.Hour) // there is room
			for p.Window(ChunkMax) != nil {
				p.Commit(ChunkMax)
			}
			p.WaitRoom(time.Hour)
			woken <- true
		}()
		p.WakeProducer()
		<-woken
	})
}

func TestOpenSharedRefuses(t *testing.T) {
	fd, err := memoryFile(headBytes + sharedMin)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := OpenShared(fd, -1, -1); err == nil {
		t.Fatal("memory that is no ring was taken for one")
	}
	if _, err := OpenShared(-1, -1, -1); err == nil {
		t.Fatal("no memory was taken for a ring")
	}
}

func BenchmarkShared(b *testing.B) {
	r, err := NewShared(4 << 20)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	go func() {
		for !r.Aborted() {
			if r.Next() == nil {
				r.WaitFilled(time.Second)
				continue
			}
			r.Release()
		}
		r.Report(0, 1)
		r.WakeProducer()
	}()
	b.SetBytes(ChunkMax)
	for range b.N {
		for r.Window(ChunkMax) == nil {
			r.WaitRoom(time.Second)
		}
		r.Commit(ChunkMax)
	}
	r.Abort()
	for r.Reported(0) == 0 {
		r.WaitRoom(time.Millisecond)
	}
}
