// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/runtime/server"
)

// lines is a log that may be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *lines) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level}))
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var log lines
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/tokens/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "id-1")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	p, stop := start(t, server.Config{Log: log.logger(slog.LevelDebug)}, mux)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://server/api/tokens/hidden?q=hidden",
		strings.NewReader("hidden"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer hidden")
	res, err := p.client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var line struct {
		Level, Msg, Method, Route, IP string
		RequestID                     string `json:"request_id"`
		Status, Bytes, Duration       int
	}
	if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	if line.Method != "POST" || line.Route != "POST /api/tokens/{id}" || line.Status != 418 || line.Bytes != 15 ||
		line.RequestID != "id-1" || line.Duration <= 0 || line.Level != "DEBUG" {
		t.Errorf("got %+v", line)
	}
	if strings.Contains(log.String(), "hidden") {
		t.Errorf("it tells too much: %s", log.String())
	}
}

func TestNothingIsWrappedAtInfoLevel(t *testing.T) {
	t.Parallel()
	var log lines
	wrapped := make(chan bool, 1)
	p, stop := start(t, server.Config{Log: log.logger(slog.LevelInfo)},
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, unwraps := w.(interface{ Unwrap() http.ResponseWriter })
			wrapped <- unwraps
		}))
	_ = get(t.Context(), p.client(t), "/")
	if <-wrapped {
		t.Error("the ResponseWriter is not net/http's own")
	}
	if err := stop(); err != nil || log.String() != "" {
		t.Errorf("got %v and the log %s", err, log.String())
	}
}

// panics panics before or after its answer has begun.
func panics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Request-Id", "id-2")
	if r.URL.Path == "/begun" {
		_, _ = io.WriteString(w, "half an answer")
		_ = http.NewResponseController(w).Flush()
	}
	panic("as the test wants it")
}

func TestPanics(t *testing.T) {
	t.Parallel()
	for name, level := range map[string]slog.Level{"info": slog.LevelInfo, "debug": slog.LevelDebug} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lines
			cfg := server.Config{Addr: "127.0.0.1:0", Log: log.logger(level)}
			plain := listen(t, cfg, http.HandlerFunc(panics))
			overTLS, client := secure(t, cfg, http.HandlerFunc(panics))
			testPanics(t, http.DefaultClient, plain.URL())
			testPanics(t, client, overTLS.URL())
			for _, want := range []string{"as the test wants it", "id-2", "requests_test.go"} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log does not tell %q: %s", want, log.String())
				}
			}
			if strings.Contains(log.String(), "/begun") {
				t.Errorf("the log tells the path: %s", log.String())
			}
		})
	}
}

func testPanics(t *testing.T, c *http.Client, url string) {
	t.Helper()
	res, err := c.Post(url, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusInternalServerError {
		t.Errorf("a panic is answered %d, %v", res.StatusCode, err)
	}
	res, err = c.Post(url+"/begun", "", nil)
	if err != nil {
		return // cut off before the client saw any of it
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("half an answer looks whole")
	}
}

// TestRestOfABodyIsNoRequest has a handler close a body before its end: what is left of it is not taken for the next request.
func TestRestOfABodyIsNoRequest(t *testing.T) {
	t.Parallel()
	var called sync.Map
	p, stop := start(t, server.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called.Store(r.URL.Path, true)
		_, _ = io.ReadFull(r.Body, make([]byte, 1))
		_ = r.Body.Close()
		_, _ = io.WriteString(w, "answered")
	}))
	defer func() { _ = stop() }()
	// Of 64 bytes, so that one begins wherever the server stops to read.
	hidden := strings.Repeat("GET /hidden HTTP/1.1\r\nHost: a\r\nX: xxxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n", 20_000)
	c := connect(t, p, fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\nx", 1+len(hidden)))
	go io.WriteString(c, hidden)
	var answers bytes.Buffer
	for err := error(nil); err == nil && strings.Count(answers.String(), "answered") < 2; {
		_, err = io.CopyN(&answers, c, 1)
	}
	_ = c.Close()
	if n := strings.Count(answers.String(), "answered"); n != 1 {
		t.Errorf("%d answers to one request", n)
	}
	if _, found := called.Load("/hidden"); found {
		t.Error("a part of the body was taken for a request")
	}
}
