// SPDX-License-Identifier: Apache-2.0

package lambda

import (
	"bytes"
	"net/http"

	"github.com/tempskv/tempskv/handlers/kv"
)

// answer is the ResponseWriter of one request. It does as that of net/http does, where the proxy's does not: the first
// WriteHeader counts, headers that are set after it do not, and there is an answer where nothing was written.
type answer struct {
	header  http.Header // what the handler works on
	sent    http.Header // as it was when the answer began
	status  int         // 0 until then
	body    bytes.Buffer
	tooLong bool
}

func newAnswer() *answer { return &answer{header: http.Header{}} }

// Header returns the headers to be sent.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader begins the answer; a status below 200 only announces it, and is not sent.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < http.StatusOK {
		return
	}
	a.status, a.sent = status, a.header.Clone()
}

// Write adds to the body. Errors: ErrTooLarge once it is longer than any event can be.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.sniff(b)
	if a.tooLong = a.tooLong || a.body.Len()+len(b) > maxEncoded; a.tooLong {
		return 0, kv.ErrTooLarge
	}
	return a.body.Write(b)
}

// Flush does nothing: an answer goes out as a whole.
func (a *answer) Flush() {}

// sniff detects the type of a body without Content-Type, by its first piece.
func (a *answer) sniff(b []byte) {
	_, named := a.sent["Content-Type"]
	if !named && a.sent.Get("Content-Encoding") == "" && a.body.Len() == 0 && len(b) > 0 {
		a.sent.Set("Content-Type", http.DetectContentType(b))
	}
}

// finish completes the answer once the handler has returned.
func (a *answer) finish(r *http.Request) *answer {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if r.Method == http.MethodHead || a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		a.body.Reset()
		a.tooLong = false
	}
	return a
}
