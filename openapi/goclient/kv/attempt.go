// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// failed is an error of one request, and what follows from it for the next one.
type failed struct {
	Error
	passing   bool // it may be over soon
	unapplied bool // the request has changed nothing
}

// settles reports whether the error is the answer to the earlier requests with the same Idempotency-Key, too: the server repeats
// a 409, and would have refused them for the same form.
func (f *failed) settles() bool {
	switch f.Status {
	case http.StatusConflict, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return f.Code != ErrUnexpectedResponse
	}
	return false
}

// repeatable reports whether the request may be sent again; safe means that a second one has no further effect.
func (f *failed) repeatable(safe bool) bool { return f.passing && (safe || f.unapplied) }

// final returns the error of a call whose last request has failed. If that was for lack of time, it also says what the one before
// failed in.
func (f *failed) final(unknown bool, before *failed) *Error {
	e := &f.Error
	e.OutcomeUnknown = unknown
	if before != nil && (e.Code == ErrDeadline || e.Code == ErrCanceled) {
		e.Detail += "; before that, " + before.Detail
	}
	return e
}

// attempt makes one request, and returns the body of its answer.
func attempt(ctx context.Context, op operation, key string, once request) ([]byte, *failed) {
	if ctx.Err() != nil {
		f := &failed{Error: *stopped(ctx), unapplied: true}
		f.Op = op.name
		return nil, f
	}
	var editors []goclient.RequestEditorFn
	if key != "" {
		editors = append(editors, goclient.IdempotencyKey(key))
	}
	var w wire
	body, err := read(once(w.trace(ctx), editors...))
	if err == nil {
		return body, nil
	}
	f := classify(ctx, err, w.untouched(err))
	f.Op = op.name
	f.OutcomeUnknown = op.changes && !f.unapplied
	return nil, f
}

func read(res *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var body bytes.Buffer
	body.Grow(int(max(res.ContentLength, 0)) + bytes.MinRead) // the generated client has read it, and set the length
	_, err = body.ReadFrom(res.Body)
	return body.Bytes(), err
}

// classify returns what a request failed in. untouched means that nothing of it was sent.
func classify(ctx context.Context, err error, untouched bool) *failed {
	var local *Error
	var refused *goclient.Error
	var unexpected *goclient.UnexpectedError
	switch {
	case errors.As(err, &local): // no token
		return &failed{Error: *local, unapplied: true}
	case errors.As(err, &refused):
		return refusal(refused)
	case errors.As(err, &unexpected):
		return &failed{Error: Error{
			Code: ErrUnexpectedResponse, Status: unexpected.Response.StatusCode, Detail: unexpected.Reason, cause: err,
		}}
	case ctx.Err() != nil:
		return &failed{Error: *stopped(ctx), unapplied: untouched}
	}
	detail := "the answer was cut off: " + reason(err)
	if untouched {
		detail = "the server was not reached: " + reason(err)
	}
	return &failed{Error: *failure(ErrNetwork, detail, err), passing: !permanent(err), unapplied: untouched}
}

// refusal converts an answer that is not a success.
func refusal(e *goclient.Error) *failed {
	status := e.Response.StatusCode
	f := &failed{Error: Error{
		Code: Code(e.Code), Status: status, Title: e.Title, Detail: e.Detail,
		RequestID:  cmp.Or(e.RequestID, e.Response.Header.Get("X-Request-Id")),
		RetryAfter: retryAfter(e.Response.Header.Get("Retry-After"), time.Now()), cause: e,
	}}
	if e.Errors != nil {
		f.Errors = *e.Errors
	}
	ours := e.Code != ""
	if !ours {
		f.Code, f.Detail = ErrUnexpectedResponse, e.Error()
	}
	switch status {
	case http.StatusTooManyRequests:
		f.passing, f.unapplied = true, true
	case http.StatusServiceUnavailable: // of a gateway, it may stand for an answer that was lost
		f.passing, f.unapplied = f.Code != ErrDisabled && f.Code != ErrStorageFull, ours
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		f.passing = true
		f.unapplied = ours && (e.Outcome == nil || *e.Outcome != goclient.ProblemOutcomeUnknown)
	default:
		f.unapplied = status < http.StatusInternalServerError || ours && f.Code != ErrInternal
	}
	return f
}

// retryAfter reads a number of seconds or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(time.Duration(seconds)*time.Second, 0)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}

// stopped returns the error of a call whose context has ended.
func stopped(ctx context.Context) *Error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return failure(ErrCanceled, "the context was canceled", ctx.Err())
	}
	return failure(ErrDeadline, "there was no answer in time", ctx.Err())
}

// permanent reports whether a network error will not be over soon.
func permanent(err error) bool {
	var untrusted *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	return errors.As(err, &untrusted) || errors.As(err, &plain)
}

// reason returns the text of a network error without the method and URL that net/http adds.
func reason(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return err.Error()
}

// wire observes how far a request gets.
type wire struct{ asked, wrote atomic.Bool }

func (w *wire) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { w.asked.Store(true) },
		WroteHeaders: func() { w.wrote.Store(true) },
	})
}

// untouched reports whether nothing of the request was sent. A transport that is not net/http's reports nothing; of that, only
// an error of dialing says so.
func (w *wire) untouched(err error) bool {
	dial, ok := errors.AsType[*net.OpError](err)
	return w.asked.Load() && !w.wrote.Load() || ok && dial.Op == "dial"
}
