package metrics

import (
	"crypto/sha256"
	_ "embed" // for page.html
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pageHTML is the page for people: markup, style and script in one file that
// asks for nothing but live.json.
//
//go:embed page.html
var pageHTML string

// page answers / and /live.json. The server keeps nothing of those who look:
// however many there are, the figures are put together once every freshFor.
type page struct {
	exchange *Exchange
	process  func(*Process)
	policy   string // Content-Security-Policy
	etag     string // of the page

	mu   sync.Mutex
	made time.Time
	json []byte // never changed once it is there
}

func newPage(exchange *Exchange, process func(*Process)) *page {
	sum := sha256.Sum256([]byte(pageHTML))
	return &page{
		exchange: exchange, process: process,
		policy: contentPolicy(pageHTML),
		etag:   `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
	}
}

// contentPolicy lets the page's own style and script run, by their hashes, lets
// it ask this server, and nothing else: no text that comes with the figures can
// become markup.
func contentPolicy(html string) string {
	return "default-src 'none'; script-src '" + hashOf(html, "script") + "'; style-src '" + hashOf(html, "style") +
		"'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" +
		"; require-trusted-types-for 'script'; trusted-types 'none'"
}

// hashOf is the hash of the text of the only element of that name, in the form
// of a content security policy.
func hashOf(html, element string) string {
	_, rest, _ := strings.Cut(html, "<"+element+">")
	text, _, found := strings.Cut(rest, "</"+element+">")
	if !found {
		panic("BUG: page.html has no <" + element + ">")
	}
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// register adds the page's paths.
func (p *page) register(mux *http.ServeMux) {
	mux.Handle("GET /{$}", onlyByAddress(http.HandlerFunc(p.serveHTML)))
	mux.Handle("GET /live.json", onlyByAddress(http.HandlerFunc(p.serveJSON)))
}

func (p *page) serveHTML(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("ETag", p.etag)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(pageHTML))
}

func (p *page) serveJSON(w http.ResponseWriter, _ *http.Request) {
	body := p.latest()
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// latest returns the figures as JSON, at most freshFor old unless the executor
// is busy. The caller must not change them.
func (p *page) latest() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.json != nil && time.Since(p.made) < freshFor {
		return p.json
	}
	var l *Live
	var process Process
	p.process(&process)
	p.exchange.read(func(s *Snapshot) { l = (&view{Snapshot: s, Process: process, now: time.Now()}).live() })
	body, err := json.Marshal(l)
	if err != nil {
		panic("BUG: live figures have no JSON: " + err.Error())
	}
	p.json, p.made = body, time.Now()
	return body
}

// onlyByAddress refuses requests that come over the loopback interface under a
// name: a page from elsewhere, in the browser of somebody on this machine, could
// point a name of its own here and read what it is told as if it were its own.
// Names of this machine's loopback are harmless.
func onlyByAddress(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && isLoopback(local.String()) && !harmless(r.Host) {
			http.Error(w, "open this page by address, such as http://"+local.String()+"/", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func isLoopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

// harmless says whether a Host header, with or without a port, is an address or
// a name that only this machine's loopback can have.
func harmless(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}
