// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
)

// call is one request on its way through an operation.
type call struct {
	principal *kv.Principal
	project   kv.ProjectID    // of a data operation
	bounded   *limits.Project // the same, where limits are kept
	remaining *int64          // requests that may come now, where they are limited
	turn      turn            // of a data operation
	store     kv.Store        // of a data operation, open until it returns
	requestID string
	ip        string
	response  *answer
	target    string // what a management call was about, for the audit log
	recorded  bool   // the audit log is told elsewhere
	encrypted bool   // the caller speaks TLS

	idempotency *idempotency // nil without an Idempotency-Key, or where that means nothing

	session *kv.Session // of a browser that is signed in, else nil
	cookie  kv.TokenHash
}

type callKey struct{}

// callOf returns the call that authenticate put into the context.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// patient lets the call last for minutes: it has a deadline of its own, and goes on if the caller leaves, so
// that the audit log tells how it ended. A runtime's own deadline holds nevertheless.
func (c *call) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	connection := http.NewResponseController(c.response)
	_ = connection.SetReadDeadline(time.Time{}) // a runtime without connections has no such deadline
	_ = connection.SetWriteDeadline(time.Time{})
	detached := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(detached, deadline)
	}
	return detached, func() {}
}

// begin finds out who calls, and refuses bodies that say they cannot be taken: both come before the body is read. The
// request is counted as one for the operation.
func (a *API) begin(op operation, identify identify, counted *meter.Operation) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, writer := humago.Unwrap(ctx)
		w := writer.(*answer) // of ServeHTTP
		w.operation = counted
		c := &call{requestID: w.Header().Get(requestIDHeader), ip: clientIP(r), response: w, encrypted: encrypted(r)}
		err := identify(c, r)
		if err == nil && op.tag == dataTag {
			err = a.limitToken(r.Context(), c)
		}
		if err == nil && ctx.Operation().RequestBody != nil {
			err = acceptBody(r, ctx.Operation().MaxBodyBytes-1)
		}
		if err != nil {
			a.refusal(r.Context(), err, c.requestID).write(w)
			return
		}
		a.service.Ready(r.Context()) // what it fails in, the operation meets with too
		r.Header.Del("Accept")       // there is only JSON to offer, and huma's negotiation panics on some of what can stand here
		defer a.bodies.count(r)()
		if op.name != "" {
			c.await(a.limiter, r)
			defer c.turn.leave(0) // where nothing is answered
		}
		next(huma.WithValue(ctx, callKey{}, c))
	}
}

// authenticate finds out who calls, by a token or, in a browser, by the cookie of a session.
func (a *API) authenticate(c *call, r *http.Request) (err error) {
	if byCookie(r) {
		return a.resume(c, r, true)
	}
	c.principal, err = a.control.Authenticate(r.Context(), bearer(r))
	return err
}

// authenticateLink is authenticate for what a link of the server's own pages leads to: no header of the page's goes with
// it, so that the browser's own word that it comes from there will do.
func (a *API) authenticateLink(c *call, r *http.Request) error {
	if byCookie(r) {
		return a.resume(c, r, !fromOwnPage(r))
	}
	return a.authenticate(c, r)
}

// byCookie tells whether it is the cookie of a session that says who calls.
func byCookie(r *http.Request) bool {
	_, ok := r.Header["Authorization"]
	return !ok && sessionCookie(r) != ""
}

// bearer returns the token of a request, empty if there is not just one.
func bearer(r *http.Request) kv.Token {
	const scheme = "bearer "
	header := r.Header["Authorization"]
	if len(header) != 1 || len(header[0]) < len(scheme) || !strings.EqualFold(header[0][:len(scheme)], scheme) {
		return ""
	}
	return kv.Token(strings.TrimLeft(header[0][len(scheme):], " "))
}

// acceptBody refuses a body that is not JSON, or longer than limit: by what it says of itself, so that nobody waits
// for the rest of it.
func acceptBody(r *http.Request, limit int64) error {
	if err := acceptJSON(r); err != nil {
		return err
	}
	if r.ContentLength > limit {
		return errBodyTooLarge
	}
	return nil
}

// acceptJSON refuses a body that says it is something else. None at all is taken for JSON: a browser cannot send
// a bearer token across origins without a preflight, so this opens no door to a form.
func acceptJSON(r *http.Request) error {
	sent := r.Header["Content-Type"]
	if len(sent) == 0 || len(sent) == 1 && (sent[0] == jsonType || sent[0] == "") {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(sent[0])
	if len(sent) > 1 || err != nil || mediaType != jsonType {
		return kv.ErrUnsupportedMedia
	}
	r.Header["Content-Type"] = []string{jsonType} // huma compares letter by letter
	return nil
}

const jsonType = "application/json"

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
