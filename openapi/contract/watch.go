// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Watch checks exchanges, and keeps what is wrong.
type Watch struct {
	contract *Contract
	mu       sync.Mutex
	wrong    []error
}

// NewWatch returns a Watch that checks exchanges against a document.
func NewWatch(document []byte) (*Watch, error) {
	c, err := New(document)
	return &Watch{contract: c}, err
}

// Err returns what was wrong so far.
func (w *Watch) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.wrong...)
}

// maxWrong limits what is kept: what is wrong once is often wrong every time.
const maxWrong = 20

// See checks one exchange.
func (w *Watch) See(req *http.Request, sent []byte, res *http.Response, answer []byte) {
	err := w.contract.Check(req, sent, res, answer)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && len(w.wrong) < maxWrong {
		w.wrong = append(w.wrong, err)
	}
}

// Transport returns next with checks. Streamed responses are not checked.
func (w *Watch) Transport(next http.RoundTripper) http.RoundTripper { return watched{w, next} }

type watched struct {
	*Watch
	next http.RoundTripper
}

// RoundTrip sends a request.
func (t watched) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.GetBody == nil && req.Body != nil && req.Body != http.NoBody {
		return t.next.RoundTrip(req) // a test of slow or broken bodies
	}
	res, err := t.next.RoundTrip(req)
	if err != nil || strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, err
	}
	answer, err := io.ReadAll(res.Body)
	rest := io.Reader(bytes.NewReader(answer))
	if err != nil {
		rest = io.MultiReader(rest, failing{err}) // the error is for the reader of the body
	} else {
		t.See(req, bodyOf(req), res, answer)
	}
	res.Body = readCloser{rest, res.Body}
	return res, nil
}

// CloseIdleConnections is called by http.Client.
func (t watched) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// bodyOf returns the body of a request that was sent.
func bodyOf(req *http.Request) []byte {
	if req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	sent, _ := io.ReadAll(body) // it is in memory
	return sent
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type readCloser struct {
	io.Reader
	io.Closer
}
