// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package requests_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// sends writes text and returns the answers that come before the server closes the connection.
func (w rawConn) sends(text string) (answers []*http.Response) {
	go io.WriteString(w, text) // which fails where the server has heard enough
	in := bufio.NewReader(w)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers
		}
		_, _ = io.Copy(io.Discard, res.Body)
		answers = append(answers, res)
	}
}

// TestRequestsThatTwoServersReadDifferently sends what a proxy before the server may take for one request and the server
// for two. It is refused, or read the one way that RFC 9112 allows, and then the connection is closed.
func TestRequestsThatTwoServersReadDifferently(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	const hidden = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
	const end = "0\r\n\r\n"
	for name, request := range map[string]string{
		"both lengths":             head(token) + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + end,
		"both, the other way":      head(token) + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + end,
		"two codings":              head(token) + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + end,
		"codings in one":           head(token) + "Transfer-Encoding: gzip, chunked\r\n\r\n" + end,
		"nearly chunked":           head(token) + "Transfer-Encoding: xchunked\r\n\r\n" + end,
		"space before the colon":   head(token) + "Transfer-Encoding : chunked\r\n\r\n" + end,
		"length with a sign":       head(token) + "Content-Length: +5\r\n\r\n" + end,
		"lengths in one":           head(token) + "Content-Length: 5, 5\r\n\r\n" + end,
		"line feed in a chunk":     head(token) + "Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\n{\"a\":\r\n" + end,
		"chunk size with a sign":   head(token) + "Transfer-Encoding: chunked\r\n\r\n+5\r\n{\"a\":\r\n" + end,
		"chunk size beyond 64 bit": head(token) + "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\n{\"a\":\r\n" + end,
		"folded header":            head(token) + "X-A: b\r\n Content-Length: 5\r\n\r\n" + end,
		"NUL in a header":          head(token) + "X-A: b\x00c\r\n\r\n",
		"carriage return alone":    head(token) + "X-A: b\rContent-Length: 5\r\n\r\n",
		"two hosts":                "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"old HTTP with chunks":     strings.Replace(head(token), "1.1", "1.0", 1) + "Transfer-Encoding: chunked\r\n\r\n" + end,
		"no version":               "GET /livez\r\n\r\n",
		"another version":          "GET /livez HTTP/3.0\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, a := range connect(s, t).sends(request + hidden) {
				if a.StatusCode < 400 || a.StatusCode == http.StatusInternalServerError {
					t.Errorf("answer %d is %d: the smuggled request is answered too", i+1, a.StatusCode)
				}
			}
		})
	}
}

// TestOldAndOddRequests sends what is legal and rare.
func TestOldAndOddRequests(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	for name, tt := range map[string]struct {
		request string
		want    int
	}{
		"HTTP/1.0":        {"GET /livez HTTP/1.0\r\n\r\n", http.StatusOK},
		"absolute target": {"GET http://evil.example/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", http.StatusOK},
		"CONNECT":         {"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		"TRACE":           {"TRACE /livez HTTP/1.1\r\nHost: x\r\nX-Secret: s3cret\r\nConnection: close\r\n\r\n", http.StatusMethodNotAllowed},
		"own method":      {"BREW /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", http.StatusMethodNotAllowed},
		"expectation":     {"POST /api/kv/get HTTP/1.1\r\nHost: x\r\nExpect: 999-more\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{", http.StatusExpectationFailed},
		"upgrade":         {"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := connect(s, t).sends(tt.request)
			if len(answers) != 1 || answers[0].StatusCode != tt.want {
				t.Errorf("got %+v, want one answer %d", answers, tt.want)
			}
		})
	}
}

// TestPathsThatMeanAnother sends paths that a proxy, a browser or a file system reads as another: there is no redirect, and
// nothing is found.
func TestPathsThatMeanAnother(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.CreateProject("p")
	for _, path := range []string{
		"//evil.example/", "//evil.example/..", `/\evil.example/`, "/%2f/evil.example", "/..//evil.example", "/./livez", "/livez/",
		"//livez", "/livez/..", "/docs/", "/docs/../livez", "/docs/..%2f..%2fetc%2fpasswd", "/docs/%2e%2e/%2e%2e/etc/passwd",
		"/assets/../../control.db", "/assets/..%2f..%2fcontrol.db", "/control.db", "/api", "/api/", "/api//projects",
		"/api/projects/", "/api/projects/1/", "/api/projects/1%2ftokens", "/api/projects/1/../../projects",
		"/api/projects/1;/tokens", "/api/projects/1%00", "/api/projects/..%2f..%2flivez", "/API/projects", "/api/kv/status%20",
		"/api/kv/status%0d%0aX-A:%20b", "/livez%0d%0aSet-Cookie:%20a=b", "/.git/config", "/debug/pprof/", "/metrics/..",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			request := "GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + e2e.AdminKey + "\r\nConnection: close\r\n\r\n"
			answers := connect(s, t).sends(request)
			if len(answers) != 1 {
				t.Fatalf("%d answers", len(answers))
			}
			a := answers[0]
			if a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("answered %d", a.StatusCode)
			}
			for _, name := range []string{"Location", "Set-Cookie", "X-A"} {
				if got := a.Header.Get(name); got != "" {
					t.Errorf("got %s: %s", name, got)
				}
			}
		})
	}
}

// TestManyIdleConnections opens as many connections as a laptop can, says nothing on them, and is still served; the
// server closes them by itself.
func TestManyIdleConnections(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	before := s.OpenFiles()
	var idle sync.WaitGroup
	for range 1000 {
		w := connect(s, t)
		idle.Go(w.ends)
	}
	s.Enable(e2e.Object{"engine": "embedded"})
	_, token := s.CreateProject("p")
	for i := range 50 {
		s.As(token).Expect(t, "set", e2e.Object{"key": fmt.Sprint(i), "value": i}, `{"result":"OK"}`)
	}
	idle.Wait()
	e2e.CheckedClient.CloseIdleConnections()
	e2e.Eventually(t, "the connections to be gone", func() string {
		if n := s.OpenFiles(); n > before+workload.Clients {
			return fmt.Sprintf("%d files are open, and were %d", n, before)
		}
		return ""
	})
}
