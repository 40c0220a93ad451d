package load

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"basalt/bench/client"
	"basalt/test/harness"
)

func TestKey(t *testing.T) {
	for n, want := range map[uint64]string{0: "key:000000000000", 1234567: "key:000001234567"} {
		if got := string(AppendKey(nil, n)); got != want {
			t.Errorf("key %d is %q, want %q", n, got, want)
		}
	}
}

func TestPickersStayInRange(t *testing.T) {
	const keys, draws = 1000, 100_000
	for _, skew := range []float64{0, 1.01, 2} {
		pick := picker(rand.New(rand.NewPCG(1, 2)), keys, skew)
		first := 0
		for range draws {
			n := pick()
			if n >= keys {
				t.Fatalf("skew %v: drew %d of %d keys", skew, n, keys)
			}
			if n == 0 {
				first++
			}
		}
		if skewed := first > 5*draws/keys; skewed != (skew != 0) {
			t.Errorf("skew %v: the first of %d keys was drawn %d times of %d", skew, keys, first, draws)
		}
	}
}

func TestValidate(t *testing.T) {
	good := Options{Conns: 1, Pipeline: 1, Requests: 1, Keys: 1, Mix: ReadMostly}
	if err := good.validate(); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*Options){
		func(o *Options) { o.Conns = 0 },
		func(o *Options) { o.Keys = 0 },
		func(o *Options) { o.Mix.Get++ },
		func(o *Options) { o.Skew = 0.99 },
	} {
		bad := good
		spoil(&bad)
		if err := bad.validate(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// start runs the reference server and returns its address.
func start(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal(err)
	}
	s, err := harness.Start(harness.Options{Binary: path, TCP: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return fmt.Sprintf("127.0.0.1:%d", s.Port)
}

func TestFillAndRun(t *testing.T) {
	address := start(t)
	const keys = 1234
	if err := Fill(address, keys, Strings(64, 0)); err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Do("DBSIZE"); err != nil || n.Int() != keys {
		t.Fatalf("DBSIZE after a fill of %d: %v, %v", keys, n, err)
	}
	if v, err := c.Do("STRLEN", string(AppendKey(nil, keys-1))); err != nil || v.Int() != 64 {
		t.Fatalf("STRLEN of the last key: %v, %v", v, err)
	}
	const requests = 10_001
	r, err := Run(Options{
		Address: address, Conns: 7, Pipeline: 16, Requests: requests, Keys: keys,
		ValueSize: 10, Mix: ReadMostly, Skew: 1.01, Expiring: 50, Seed: 1,
	})
	if err != nil || r.Requests != requests || r.Errors != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if info, err := c.Info("keyspace"); err != nil || strings.Contains(info["db0"], "expires=0") {
		t.Fatalf("half of the SETs had a deadline: %q, %v", info, err)
	}
}

func TestFillStopsAtAnError(t *testing.T) {
	err := Fill(start(t), 3, func(c *client.Conn, i int) { c.Queue([]byte("NOPE")) })
	if err == nil {
		t.Error("a fill of unknown commands went well")
	}
}
