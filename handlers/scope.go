// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
)

// scope is one request in the pipeline of an operation.
type scope struct {
	api     *API
	op      *operation
	request *http.Request
	writer  *responseWriter
	input   any // a pointer to what the operation takes
	binding *binding

	principal *access.Principal
	project   kv.ProjectID    // of a data operation
	limited   *limits.Project // the same, where limits are kept
	remaining *int64          // requests that may come now, where they are limited
	requestID string
	ip        string
	target    string // what a management call was about, for the audit log
	recorded  bool   // it is in the audit log already
	answered  bool   // to the end, without a panic

	memory      *limits.Account // what it holds; nil where that has no bound
	requestTook int64           // of that, what it needed before its operation began
	raw         []byte          // the body, until it is decoded
	buffer      *[]byte         // in which it is
	read        body.Result     // what was found in it
	early       time.Duration   // what the address has to wait before it fails to sign in again
	decoded     bool            // refusals from here on are recorded
	size        int64           // of the body, in bytes
	idempotency *kv.Idempotency // nil without an Idempotency-Key

	slot   limits.Slot
	inside bool // it has the slot
	lease  *lifecycle.Lease
	store  kv.Store  // of a data operation, open until it returns
	asked  time.Time // when the store was

	session *access.Session // of a browser that is signed in, else nil
	cookie  access.TokenHash
}

// fail responds with an error.
func (sc *scope) fail(ctx context.Context, err error) {
	sc.release(0)
	sc.noteProblem(err)
	p := sc.api.problem(ctx, sc.request, err, sc.requestID)
	if sc.decoded {
		if sc.op.tag == dataTag && p.Status >= http.StatusInternalServerError && !limited(err) {
			p.Detail = kindOf(err).detail // what a store says of itself is for operators
		}
		sc.api.record(ctx, sc, p.Code)
	}
	p.write(sc.writer)
	sc.answered = true
}

// respond sends what the operation returned.
func (sc *scope) respond(ctx context.Context, out any) {
	if s, ok := out.(*stream); ok {
		sc.send(ctx, s)
	} else {
		sc.write(ctx, out)
	}
	sc.answered = true
}

// release gives the store and the slot back before the response of size bytes is sent: a slow client holds neither.
func (sc *scope) release(size int) {
	if sc.lease != nil {
		sc.lease.Release()
		sc.lease = nil
	}
	sc.leave(size)
}

// end gives back what the request still holds.
func (sc *scope) end() {
	sc.release(0)
	sc.releaseRaw()
	sc.memory.Release()
}

// detach lets an operation take minutes: it goes on if the caller leaves, so that the audit log gets its result. It keeps the
// deadline of ctx, such as that of a Lambda function.
func (sc *scope) detach(ctx context.Context) (context.Context, context.CancelFunc) {
	connection := http.NewResponseController(sc.writer)
	_ = connection.SetReadDeadline(time.Time{}) // a runtime without connections has no such deadline
	_ = connection.SetWriteDeadline(time.Time{})
	detached := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(detached, deadline)
	}
	return detached, func() {}
}

// limited reports whether a limit, or a state of the service such as a block, caused the error: the caller may know the
// reason, the status shows it to operators, and it would flood a log.
func limited(err error) bool {
	return shown(err) || errors.Is(err, limits.ErrOverloaded) || errors.Is(err, limits.ErrMemory) || errors.Is(err, kv.ErrQuotaExceeded)
}

// shown reports whether data callers may read what the error says.
func shown(err error) bool {
	refusal, ok := errors.AsType[*kv.Refusal](err)
	return ok && refusal.Shown
}
