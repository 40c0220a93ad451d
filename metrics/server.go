package metrics

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// requestTimeout is how long a client may take to send a request: it is a
	// line and some headers.
	requestTimeout = 5 * time.Second
	// replyTimeout is how long it may take to read the reply, some 100 KiB.
	replyTimeout = 30 * time.Second
	// idleTimeout is how long a connection may wait for its next request. It
	// is longer than the usual interval of a scrape, a minute.
	idleTimeout = 150 * time.Second
	// headerBytesMax bounds the headers of a request.
	headerBytesMax = 16 << 10
	// closeTimeout is how long Close lets scrapes come to their end.
	closeTimeout = 200 * time.Millisecond
)

// Options say where a Server listens and what it shows.
type Options struct {
	// Bind is a host name or address, "" for every address of the machine.
	Bind string
	// Port is a TCP port; 0 takes a free one.
	Port int
	// Exchange is where the executor publishes.
	Exchange *Exchange
	// Process fills in the figures of the process, on the goroutine of a
	// scrape.
	Process func(*Process)
	// Stuck returns why the process does not serve any more, nothing while it
	// does; nil stands for one that always serves. It is called on the goroutine
	// of a request.
	Stuck func() string
	// Unready returns what keeps the node from serving as it should, a line for
	// each thing; nil stands for nothing. It is called like Stuck.
	Unready func() []string
	// Log takes a line about each trouble that clients make.
	Log io.Writer
}

// Server is the HTTP listener: /metrics for Prometheus, /healthz for whoever
// wants to know whether the process serves, /readyz for whoever chooses where to
// send clients, / for people.
type Server struct {
	listener net.Listener
	http     http.Server
}

// Listen opens the listener. Connections are answered from Serve on.
func Listen(o Options) (*Server, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(o.Bind, strconv.Itoa(o.Port)))
	if err != nil {
		return nil, err
	}
	s := &Server{}
	// Connections that have no request at the moment make room: a health check
	// must not wait for them.
	s.listener = limit(l, connectionsMax, func(crowded bool) { s.http.SetKeepAlivesEnabled(!crowded) })
	s.http = http.Server{
		Handler:           newHandler(o),
		ReadHeaderTimeout: requestTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      replyTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          log.New(o.Log, "", 0),
	}
	return s, nil
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve answers requests until Close, after which it returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close closes the listener and all connections. Replies in progress have a
// moment to be read.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	// It did not know the listener if Serve was never called.
	_ = s.listener.Close()
}

// newHandler returns what answers the requests.
func newHandler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", newScraper(o))
	newPage(o.Exchange, o.Process).register(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		var trouble []string
		if o.Stuck != nil {
			if why := o.Stuck(); why != "" {
				trouble = append(trouble, why)
			}
		}
		answer(w, "ok", trouble)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		var trouble []string
		if o.Unready != nil {
			trouble = o.Unready()
		}
		answer(w, "ready", trouble)
	})
	return withoutBody(mux)
}

// answer says that all is well, or with 503 what is not, a line each.
func answer(w http.ResponseWriter, well string, trouble []string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	text := well
	if len(trouble) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		text = strings.Join(trouble, "\n")
	}
	_, _ = io.WriteString(w, text+"\n")
}

// withoutBody refuses requests that carry one: none of ours takes any, and what
// is not read here nobody has to bound.
func withoutBody(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close")
			http.Error(w, "a request here has no body", http.StatusRequestEntityTooLarge)
			return
		}
		h.ServeHTTP(w, r)
	})
}
