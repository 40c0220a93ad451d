package netpoll

import "testing"

func TestDataPathAllocatesNothing(t *testing.T) {
	p := openLoop(t)
	fd, client := connect(t)
	p.Add(fd, 1)
	var v Vec
	var b [64]byte
	out := [][]byte{[]byte("some"), []byte("bytes")}
	in := make([]byte, 64)
	pool := NewSegmentPool(4)
	pool.Put(pool.Get())
	allocs := testing.AllocsPerRun(200, func() {
		client.Write(in)
		p.Wake()
		p.Wait(p.events, 0)
		p.Wait(p.events, 1)
		for err := error(nil); err != ErrAgain; {
			_, err = Read(fd, b[:])
		}
		Write(fd, b[:4])
		Writev(fd, out, &v)
		PeerClosed(fd)
		pool.Put(pool.Get())
		client.Read(in)
	})
	if allocs != 0 {
		t.Fatalf("%v allocations", allocs)
	}
	dst := make([]byte, 0, 100)
	l := listenLoopback(t, ListenOptions{})
	clients := dial(t, l, 12)
	if allocs := testing.AllocsPerRun(len(clients)-1, func() {
		fd, remote, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		remote.AppendTo(dst)
		p.Add(fd, 2)
		Close(fd)
	}); allocs != 0 {
		t.Fatalf("%v allocations an accept", allocs)
	}
}
