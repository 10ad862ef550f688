// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// script is what a client sends, in pieces of some size, and what the handler does with each request. It is a connection of a
// server, and as an address the key to itself.
type script struct {
	sent  *bytes.Reader
	piece int
	acts  []byte

	mu       sync.Mutex
	received bytes.Buffer
	once     sync.Once
	closed   chan struct{}
}

func newScript(sent []byte, piece int, acts []byte) *script {
	return &script{sent: bytes.NewReader(sent), piece: piece, acts: acts, closed: make(chan struct{})}
}

func (s *script) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent.Read(p[:min(len(p), s.piece)])
}

func (s *script) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		return 0, net.ErrClosed
	default:
		return s.received.Write(p)
	}
}

func (s *script) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *script) LocalAddr() net.Addr              { return s }
func (s *script) RemoteAddr() net.Addr             { return s }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }
func (s *script) Network() string                  { return "script" }
func (s *script) String() string                   { return fmt.Sprintf("%p", s) }

// actor is a handler that does what the script of its connection says.
type actor struct{ scripts sync.Map }

func (a *actor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, _ := a.scripts.Load(r.RemoteAddr)
	s := found.(*script)
	var acts []byte
	s.mu.Lock()
	acts, s.acts = split(s.acts)
	s.mu.Unlock()
	for len(acts) >= 2 {
		act(w, r, acts[0], int(acts[1]))
		acts = acts[2:]
	}
	// What the request was, in as much as there is a response at all.
	fmt.Fprintln(w, r.Method, r.URL, r.RequestURI, r.Host, r.Header, r.ContentLength, r.TransferEncoding, r.Close)
}

// split returns the acts for the first request, which end with 0xff, and those for the next ones.
func split(acts []byte) (first, rest []byte) {
	first, rest, _ = bytes.Cut(acts, []byte{0xff})
	return first, rest
}

// act does one thing of which a handler of the fast path is capable.
func act(w http.ResponseWriter, r *http.Request, what byte, n int) {
	statuses := []int{200, 201, 400, 404, 409, 413, 429, 500, 503, 507, 299, 999}
	names := []string{"Content-Type", "X-Request-Id", "Retry-After", "date", "X-A", "Content-Encoding", "Cache-Control", "connection"}
	values := []string{"application/json", "1", "", "a b", "line\r\nbreak", " around ", "\xe4", "close"}
	switch what % 10 {
	case 0:
		name := names[n%len(names)]
		if name == "connection" {
			w.Header().Set("Connection", "close")
			return
		}
		w.Header().Add(name, values[n/len(names)%len(values)])
	case 1:
		w.WriteHeader(statuses[n%len(statuses)])
	case 2:
		_, err := w.Write(bytes.Repeat([]byte("v"), n*n/8))
		note(w, err)
	case 3:
		_ = http.NewResponseController(w).Flush()
	case 4:
		m, err := r.Body.Read(make([]byte, n*16))
		note(w, err)
		fmt.Fprint(w, m > 0 || n == 0)
	case 5:
		b, err := io.ReadAll(r.Body)
		note(w, err)
		_, _ = w.Write(b)
	case 6:
		_ = r.Body.Close()
	case 7:
		w.Header().Set("Content-Length", fmt.Sprint(n*n/8))
	case 8:
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Hour))
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
	case 9:
		if n < 32 {
			panic(http.ErrAbortHandler)
		}
		if n < 48 {
			panic("on purpose")
		}
	}
}

// note writes what an error is.
func note(w io.Writer, err error) {
	if err != nil && err != io.EOF {
		fmt.Fprint(w, err)
	}
}

// twins serve the same scripts, one of them by the fast path.
type twins struct{ slow, fast *pipes }

// serveTwins serves for as long as the test takes.
func serveTwins(tb testing.TB, a *actor) twins {
	var t twins
	for i, p := range []**pipes{&t.slow, &t.fast} {
		*p = newPipes()
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan error, 1)
		s := server.ListenOn(*p, server.Config{ShutdownTimeout: time.Minute})
		go func() { served <- s.Serve(ctx, a, []string{"/fast", "/"}[:2*i]...) }()
		tb.Cleanup(func() {
			cancel()
			<-served
		})
	}
	return t
}

var dates = regexp.MustCompile(`Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n`)

// run returns what a server answers a script.
func run(a *actor, p *pipes, s *script) string {
	a.scripts.Store(s.String(), s)
	defer a.scripts.Delete(s.String())
	p.conns <- s
	<-s.closed
	s.mu.Lock()
	defer s.mu.Unlock()
	return dates.ReplaceAllString(s.received.String(), "Date: now\r\n")
}

const fastRequest = "POST /fast HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello"

// compare sends the same to both servers, and reports whether they answer the same.
func (t twins) compare(tb testing.TB, a *actor, sent []byte, piece int, acts []byte) (same bool) {
	tb.Helper()
	want := run(a, t.slow, newScript(sent, piece, acts))
	got := run(a, t.fast, newScript(sent, piece, acts))
	if got != want {
		same := 0
		for same < min(len(got), len(want)) && got[same] == want[same] {
			same++
		}
		from := max(0, same-100)
		tb.Errorf("sent %.500q in pieces of %d, acts %v: the answers differ at %d:\nfast path %.200q\nnet/http  %.200q", sent, piece, acts, same,
			got[from:], want[from:])
	}
	return got == want
}

// TestFastPathAnswersTheSame holds the fast path against net/http.
func TestFastPathAnswersTheSame(t *testing.T) {
	t.Parallel()
	if fastPaths != nil {
		return // done in the first of the two runs
	}
	a := &actor{}
	servers := serveTwins(t, a)
	const get = "GET /fast HTTP/1.1\r\nHost: a\r\n\r\n"
	chunked := "POST /fast HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	long := strings.Replace(fastRequest, "5\r\n\r\nhello", "20000\r\n\r\n"+strings.Repeat("x", 20000), 1)
	for name, sent := range map[string]string{
		"one":                       fastRequest,
		"two":                       fastRequest + fastRequest,
		"another form between":      fastRequest + get + fastRequest,
		"chunks between":            fastRequest + chunked + fastRequest,
		"a long body":               long + fastRequest,
		"line breaks between":       fastRequest + "\r\n" + fastRequest + "\r\n\r\n" + fastRequest + "\n\n\n\n\n" + fastRequest,
		"line breaks, then another": fastRequest + "\r\n\r\n" + get,
		"line breaks at the end":    fastRequest + "\r\n",
		"a body that is cut":        fastRequest + fastRequest[:len(fastRequest)-1],
		"a head that is cut":        fastRequest + fastRequest[:20],
		"two lengths":               fastRequest + strings.Replace(fastRequest, "\r\n\r\n", "\r\nContent-Length: 6\r\n\r\n", 1),
		"a version that is none":    strings.Replace(fastRequest, "1.1", "1.7", 1),
		"closed by the client":      strings.Replace(fastRequest, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1) + fastRequest,
		"a header that is too long": fastRequest + strings.Replace(fastRequest, "\r\n\r\n", "\r\nX: "+strings.Repeat("a", 32<<10)+"\r\n\r\n", 1),
		"nothing":                   "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for what, does := range map[string][]byte{
				"writes":              {2, 20},
				"writes a lot":        {2, 255, 2, 255},
				"writes a bit more":   {2, 128, 2, 1},
				"reads":               {5, 0, 1, 3},
				"reads a part":        {4, 1, 2, 3},
				"closes the body":     {6, 0, 5, 0},
				"closes":              {0, 7, 2, 3},
				"names the length":    {7, 8, 2, 8},
				"names a long length": {7, 255, 2, 255},
				"writes too little":   {7, 255, 2, 250},
				"writes in two parts": {7, 255, 2, 254, 2, 16},
				"flushes":             {1, 1, 3, 0, 2, 20, 3, 0},
				"panics":              {9, 0},
				"panics later":        {2, 255, 3, 0, 9, 40},
				"panics, unannounced": {9, 40},
				"begins twice":        {1, 2, 1, 3, 0, 4},
				"all headers":         {0, 0, 0, 9, 0, 18, 0, 27, 0, 36, 0, 45, 0, 54, 2, 9},
			} {
				for _, piece := range []int{3, 64, 1 << 20} {
					if !servers.compare(t, a, []byte(sent), piece, bytes.Repeat(append(does, 0xff), 5)) {
						t.Errorf("the handler %s", what)
					}
				}
			}
		})
	}
}

func FuzzFastPath(f *testing.F) {
	a := &actor{}
	servers := serveTwins(f, a)
	f.Add([]byte(fastRequest+fastRequest), 100, []byte{0, 0, 1, 0, 2, 20, 0xff, 5, 0})
	f.Add([]byte(fastRequest+"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 7, []byte{3, 0, 2, 200, 4, 1, 6, 0})
	f.Fuzz(func(t *testing.T, sent []byte, piece int, acts []byte) {
		_ = servers.compare(t, a, sent, min(max(piece, 1), 1<<20), acts)
	})
}

// TestFastPathIsTaken asks for what only the fast path does not have: a response that can be hijacked.
func TestFastPathIsTaken(t *testing.T) {
	t.Parallel()
	s := listen(t, server.Config{Addr: "127.0.0.1:0"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, slow := w.(http.Hijacker)
		fmt.Fprint(w, slow)
	}))
	const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	got := exchange(t, s, plainRequest+get+plainRequest)
	slow := fmt.Sprintf("200 %t", fastPaths == nil)
	if want := []string{slow, "200 true", "200 true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
