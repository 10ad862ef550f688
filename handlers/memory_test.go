// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/limits"
)

// newScarceWorld returns an enabled world whose requests may hold 256 MiB.
func newScarceWorld(t *testing.T) *world {
	w := newLimitedWorld(t, handlers.Bounds{}, limits.Config{Memory: 256 << 20, MemoryTime: 100 * time.Millisecond})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	return w
}

// stalls is a request body, or the connection that a response is written to, that stalls until it is released.
type stalls struct {
	reached chan<- struct{}
	release <-chan struct{}
}

func (s stalls) Read([]byte) (int, error) {
	s.reached <- struct{}{}
	<-s.release
	return 0, io.EOF
}

// slowReader is a client that does not read its response until it is released.
type slowReader struct {
	*httptest.ResponseRecorder
	stalls
}

func (s slowReader) Write(b []byte) (int, error) {
	if s.Code == http.StatusOK {
		s.stalls.Read(nil)
	}
	return s.ResponseRecorder.Write(b)
}

// crowd makes n requests at the same time. It returns once each has been answered or has stalled, with the answers so far.
func crowd(n int, reached <-chan struct{}, request func() *httptest.ResponseRecorder) (answers []*httptest.ResponseRecorder, wait func()) {
	answered := make(chan *httptest.ResponseRecorder, n)
	var open sync.WaitGroup
	for range n {
		open.Go(func() { answered <- request() })
	}
	for range n {
		select {
		case <-reached:
		case w := <-answered:
			answers = append(answers, w)
		}
	}
	return answers, open.Wait
}

// wantNoMemory demands that each answer is 503 kv_unavailable with Retry-After.
func wantNoMemory(t *testing.T, answers []*httptest.ResponseRecorder) {
	t.Helper()
	if len(answers) == 0 {
		t.Error("none was refused")
	}
	for _, a := range answers {
		if p := problemOf(t, a); p.Code != "kv_unavailable" || a.Header().Get("Retry-After") == "" ||
			!strings.Contains(p.Detail, "memory") {
			t.Errorf("got %d %s with Retry-After %q", a.Code, a.Body, a.Header().Get("Retry-After"))
		}
	}
}

func TestStalledBodiesShareTheMemory(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	for _, tt := range []struct {
		name   string
		length int64
		begins string
	}{
		{"announced", size, ""},
		{"of unknown length", -1, strings.Repeat(" ", size-1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScarceWorld(t)
			hostile, neighbour := w.token(w.project("a"), ""), w.token(w.project("b"), "")
			reached, release := make(chan struct{}), make(chan struct{})
			refused, wait := crowd(9, reached, func() *httptest.ResponseRecorder {
				r := httptest.NewRequest("POST", "/api/kv/mset", io.MultiReader(strings.NewReader(tt.begins), stalls{reached, release}))
				r.ContentLength = tt.length
				r.Header.Set("Authorization", "Bearer "+hostile)
				answer := httptest.NewRecorder()
				w.api.ServeHTTP(answer, r)
				return answer
			})
			wantNoMemory(t, refused)
			w.do(neighbour, "set", fmt.Sprintf(`{"key":"k","value":%q}`, strings.Repeat("v", 2<<20)))
			close(release)
			wait()
			w.do(hostile, "set", fmt.Sprintf(`{"key":"k","value":%q}`, strings.Repeat("v", 9<<20)))
		})
	}
}

func TestUnreadResponsesShareTheMemory(t *testing.T) {
	t.Parallel()
	w := newScarceWorld(t)
	a, b := w.project("a"), w.project("b")
	hostile, neighbour := w.token(a, `,"read_only":true`), w.token(b, "")
	large := fmt.Sprintf(`"value":%q`, strings.Repeat("v", 9<<20))
	w.do(w.admin, "set", fmt.Sprintf(`{"project_id":%d,"key":"large",%s}`, a, large))
	w.do(neighbour, "set", `{"key":"large",`+large+`}`)
	for i := range 15 {
		w.do(w.admin, "set", fmt.Sprintf(`{"project_id":%d,"key":"part%d","value":%q}`, a, i, strings.Repeat("v", 1<<20)))
	}
	var parts bytes.Buffer
	for i := range 15 {
		fmt.Fprintf(&parts, `,"part%d"`, i)
	}
	for _, body := range []string{`get {"key":"large"}`, `mget {"keys":[` + parts.String()[1:] + `]}`} {
		op, text, _ := strings.Cut(body, " ")
		reached, release := make(chan struct{}), make(chan struct{})
		refused, wait := crowd(113, reached, func() *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", "/api/kv/"+op, strings.NewReader(text))
			r.Header.Set("Authorization", "Bearer "+hostile)
			client := slowReader{httptest.NewRecorder(), stalls{reached, release}}
			w.api.ServeHTTP(client, r)
			return client.ResponseRecorder
		})
		wantNoMemory(t, refused)
		w.do(neighbour, "get", `{"key":"large"}`)
		w.do(hostile, "get", `{"key":"none"}`)
		close(release)
		wait()
		w.do(hostile, "get", `{"key":"large"}`)
	}
}

// TestLargeReadsWaitForEachOther has a project that is alone read more at once than it may hold: none is refused.
func TestLargeReadsWaitForEachOther(t *testing.T) {
	t.Parallel()
	w := newLimitedWorld(t, handlers.Bounds{Timeout: time.Hour}, limits.Config{Memory: 128 << 20, MemoryTime: time.Hour})
	w.want(200, w.admin, "POST", "/api/kv/enable", `{}`)
	token := w.token(w.project("a"), "")
	var keys []string
	for i := range 15 {
		keys = append(keys, fmt.Sprintf(`"part%d"`, i))
		w.do(token, "set", fmt.Sprintf(`{"key":"part%d","value":%q}`, i, strings.Repeat("v", 1<<20)))
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if a := call(w.api, "POST", "/api/kv/mget", token, `{"keys":[`+strings.Join(keys, ",")+`]}`); a.Code != http.StatusOK || a.Body.Len() < 15<<20 {
				t.Errorf("got %d, %d bytes", a.Code, a.Body.Len())
			}
		})
	}
	all.Wait()
}
