package metrics

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"basalt/internal/buckets"
)

// pageBytesMax is the largest the page may get: somebody in trouble loads it
// over a bad line.
const pageBytesMax = 60_000

func TestPageIsOneSmallFile(t *testing.T) {
	r := ask(t, newHandler(options(t)), "GET", "/", "")
	text := content(t, r.Body)
	if len(text) > pageBytesMax {
		t.Errorf("%d bytes", len(text))
	}
	if r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("it is %s", r.Header.Get("Content-Type"))
	}
	// A namespace is a name, not an address that anybody asks.
	for _, address := range regexp.MustCompile(`(?:https?:)?//[a-z0-9.]+`).FindAllString(text, -1) {
		if strings.HasPrefix(address, "http") && address != "http://www.w3.org" {
			t.Errorf("names the address %s", address)
		}
	}
	for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "<iframe", "<object",
		"@import", "url(", " style=", " onclick=", " src="} {
		if strings.Contains(text, word) {
			t.Errorf("there is %q in it", word)
		}
	}
}

// TestPolicy: the browser runs what is in the file, to the byte, and nothing
// else.
func TestPolicy(t *testing.T) {
	h := newHandler(options(t))
	r := ask(t, h, "GET", "/", "")
	policy := r.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", hashOf(pageHTML, "script"), hashOf(pageHTML, "style"), "connect-src 'self'",
		"frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("no %s in %s", part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	if strings.Count(pageHTML, "<script") != 1 || strings.Count(pageHTML, "<style") != 1 {
		t.Error("a second element has no hash")
	}
	for _, path := range []string{"/", "/live.json"} {
		header := ask(t, h, "GET", path, "", "Origin", "http://elsewhere.example").Header
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, header)
		}
		for name := range header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s lets others read it: %s", path, name)
			}
		}
	}
}

func TestPageIsNotSentTwice(t *testing.T) {
	h := newHandler(options(t))
	etag := ask(t, h, "GET", "/", "").Header.Get("ETag")
	if r := ask(t, h, "GET", "/", "", "If-None-Match", etag); r.StatusCode != http.StatusNotModified {
		t.Errorf("ETag %s: %d", etag, r.StatusCode)
	}
}

func liveOf(t *testing.T, h http.Handler) *Live {
	t.Helper()
	r := ask(t, h, "GET", "/live.json", "")
	if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", r.Header)
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	var l Live
	if err := d.Decode(&l); err != nil {
		t.Fatal(err)
	}
	return &l
}

func TestLive(t *testing.T) {
	l := liveOf(t, newHandler(options(t)))
	if age := time.Now().UnixMilli() - l.TakenMs; age < 0 || age > 60_000 || l.AgeMs < 0 || l.AgeMs > age {
		t.Errorf("taken %d ms ago, told %d", age, l.AgeMs)
	}
	if l.Node.RunID != "abc" || l.Node.UptimeS < 90 || l.Clients.Connected != 3 || l.Totals.Commands != 5 || l.Totals.CPUUs != 4e6 {
		t.Errorf("%+v", l)
	}
	if m := l.Memory; m.Used != 2000 || m.Dataset != 900 || m.RSS != 4000 || m.Peak != 2000 || len(m.Purposes) != 1 || m.Purposes[0] != (LiveAmount{"table", 704}) {
		t.Errorf("%+v", l.Memory)
	}
	if len(l.Commands) != 2 || l.Commands[0].Name != "get" || l.Commands[0].Us != 3e6 || len(l.Commands[0].Counts) != buckets.Size ||
		l.Commands[1].Rejected != 2 || len(l.Commands[1].Counts) != 0 {
		t.Errorf("%+v", l.Commands)
	}
	at := buckets.Index(200)
	if b := l.Latency.BoundsUs; len(b) != buckets.Size || b[at-1] > 0.2 || b[at] <= 0.2 || l.Latency.Execute[at] != 1 {
		t.Errorf("%+v", l.Latency)
	}
	// Both commands of the sample have the identity of one row, on two reactors.
	if n := l.Latency; n.Wait[buckets.Index(1000)] != 4 || n.Write[buckets.Index(2000)] != 4 || n.Total[buckets.Index(3_000_000)] != 8 {
		t.Errorf("%+v", n)
	}
	if len(l.Slow.Calls) != 1 || l.Slow.Calls[0] != (LiveSlowCall{8, 1_700_000_000, "config|set", 4, 12500}) || l.Slow.ThresholdUs != 10_000 {
		t.Errorf("%+v", l.Slow)
	}
	if len(l.Databases) != 1 || l.Databases[0].Keys != 40 || !l.Databases[0].Rehashing || l.Databases[0].Split != 2 {
		t.Errorf("%+v", l.Databases)
	}
	if p := l.Pauses; len(p.Causes) != 1 || p.Causes[0] != (LivePauseCause{"gc", 1, 2000, 2000}) ||
		len(p.Latest) != 1 || p.Latest[0] != (LivePause{"command", "keys", 1_700_000_000_000, 250_000}) {
		t.Errorf("%+v", p)
	}
	if len(l.Threads) != 1 || l.Threads[0] != (LiveThread{"executor", 3e6}) || len(l.Rings) != 1 || l.Rings[0] != (LiveRing{3, 7, 9}) {
		t.Errorf("%+v %+v", l.Threads, l.Rings)
	}
	if k := l.Keys; len(k.Hot) != 2 || k.Hot[0] != (LiveKey{0, "a", 20}) || k.Hot[1] != (LiveKey{3, `"\xff"`, 10}) ||
		len(k.Costly) != 1 || k.Costly[0].Value != 0.25 || len(k.Big) != 1 || len(k.Big[0].Key) != labelMax {
		t.Errorf("%+v", k)
	}
	if len(l.Prefixes) != 1 || l.Prefixes[0] != (LivePrefix{"user:", 5, 4, 300, 200, 1}) {
		t.Errorf("%+v", l.Prefixes)
	}
	if q, r := l.Requests, l.Replies; q.Len != 5 || q.ThresholdBytes != 1000 || len(q.Calls) != 1 || q.Calls[0] != (LiveLargeCall{3, 1_700_000_000, "set", 3, 2000}) ||
		r.ThresholdBytes != -1 || len(r.Calls) != 0 {
		t.Errorf("%+v %+v", q, r)
	}
	if len(l.Errors) != 3 || l.Errors[1].Code != "\uFFFD" {
		t.Errorf("%+v", l.Errors)
	}
}

// TestLiveOfNothing: before the executor published anything there are lists,
// all of them empty.
func TestLiveOfNothing(t *testing.T) {
	o := options(t)
	o.Exchange = NewExchange(func() {})
	text := content(t, ask(t, newHandler(o), "GET", "/live.json", "").Body)
	if strings.Contains(text, "null") || !strings.Contains(text, `"commands":[]`) {
		t.Error(text)
	}
}

// TestViewersShare: many who look at once make the executor work no more than
// one does.
func TestViewersShare(t *testing.T) {
	var wakes, readings int
	var mu sync.Mutex
	count := func(n *int) {
		mu.Lock()
		*n++
		mu.Unlock()
	}
	o := options(t)
	o.Exchange = NewExchange(func() { count(&wakes) })
	o.Process = func(*Process) { count(&readings) }
	h := newHandler(o)
	began := time.Now()
	var viewers sync.WaitGroup
	for range 200 {
		viewers.Go(func() { ask(t, h, "GET", "/live.json", "") })
	}
	viewers.Wait()
	// Once for each time that figures grow old.
	if most := 1 + int(time.Since(began)/freshFor); wakes > most || readings > most || readings == 0 {
		t.Errorf("%d times asked, %d times read, %d are the most", wakes, readings, most)
	}
}

// TestNamesFromElsewhere: a name that somebody points at this machine gets
// nothing over the loopback interface.
func TestNamesFromElsewhere(t *testing.T) {
	h := newHandler(options(t))
	for _, c := range []struct {
		local, host string
		status      int
	}{
		{"127.0.0.1:9121", "127.0.0.1:9121", 200},
		{"127.0.0.1:9121", "localhost:9121", 200},
		{"127.0.0.1:9121", "LOCALHOST.", 200},
		{"127.0.0.1:9121", "node.localhost:8080", 200},
		{"[::1]:9121", "[::1]:9121", 200},
		{"[::1]:9121", "[::1]", 200},
		{"127.0.0.1:9121", "elsewhere.example:9121", 421},
		{"127.0.0.1:9121", "127.0.0.1.elsewhere.example", 421},
		{"127.0.0.1:9121", "localhost.elsewhere.example", 421},
		{"[::ffff:127.0.0.1]:9121", "elsewhere.example", 421},
		{"127.0.0.1:9121", "", 421},
		{"10.0.0.1:9121", "node7.example:9121", 200},
	} {
		for path, refused := range map[string]int{"/": c.status, "/live.json": c.status, "/metrics": 200} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = c.host
			local, err := net.ResolveTCPAddr("tcp", c.local)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local))))
			if w.Code != refused {
				t.Errorf("%s of %s at %s: %d, want %d", path, c.host, c.local, w.Code, refused)
			}
		}
	}
}

// BenchmarkLive is what one look costs the process beside the executor.
func BenchmarkLive(b *testing.B) {
	e := NewExchange(func() {})
	s := e.Begin()
	sample(s)
	for len(s.Commands) < 60 {
		s.Commands = append(s.Commands, s.Commands[0])
	}
	e.Publish()
	p := newPage(e, sampleProcess)
	b.ReportAllocs()
	for b.Loop() {
		p.made = time.Time{}
		e.snapshots[e.front].Taken = time.Now()
		p.latest()
	}
}
