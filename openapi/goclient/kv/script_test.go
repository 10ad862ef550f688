// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// roundTripper is a server that fails in ways that no real one does when it is asked to.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply is an answer; header holds pairs.
func reply(status int, body string, header ...string) *http.Response {
	res := &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i < len(header); i += 2 {
		res.Header.Set(header[i], header[i+1])
	}
	return res
}

const (
	unavailable = `{"code":"kv_unavailable","detail":"Try again.","request_id":"r1"}`
	unknown     = `{"code":"timeout","detail":"Read first.","outcome":"unknown"}`
	unchanged   = `{"code":"timeout","detail":"Nothing was changed."}`
)

// step is what happens to one request.
type step func(*http.Request) (*http.Response, error)

func answers(status int, body string, header ...string) step {
	return func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
}

// refused is what dialing fails with where no server listens, broken what reading fails with where one is killed.
func refused(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func broken(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

// cutOff is an answer whose body ends early.
func cutOff(*http.Request) (*http.Response, error) {
	res := reply(200, "")
	res.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"value":`), &failingReader{io.ErrUnexpectedEOF}))
	return res, nil
}

type failingReader struct{ err error }

func (r *failingReader) Read([]byte) (int, error) { return 0, r.err }

func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// script does the steps, and then the last one for ever.
type script struct {
	steps []step
	keys  []string // the Idempotency-Keys of the requests
	sent  []byte   // the last body
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
	s.sent, _ = io.ReadAll(r.Body)
	return s.steps[min(len(s.keys), len(s.steps))-1](r)
}

func (s *script) client(t *testing.T, o kv.CallOptions) *kv.Client {
	t.Helper()
	store, err := kv.New(kv.Config{URL: "http://kv", Token: "dt_Hunter2", HTTPClient: &http.Client{Transport: s}, CallOptions: o})
	if err != nil {
		t.Fatal(err)
	}
	return store
}
