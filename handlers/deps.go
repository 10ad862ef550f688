// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
	"github.com/tempskv/tempskv/handlers/sessions"
)

// Deps is what the operations need. Service and Control are required; the zero value of the rest works.
type Deps struct {
	Service *lifecycle.Service
	Control access.Access
	Bounds  Bounds
	// Whole means that responses are sent as a whole, as a Lambda function does: an operation that streams ends in ErrNotSupported.
	Whole bool
	// BasePath is the path below which browsers and clients reach the handler set, such as /kv. It takes requests with it and, from
	// a proxy that strips it, without it. Default: none.
	BasePath string
	// CORSOrigins are the origins whose pages may call the API, as browsers send them, such as https://app.example.com;
	// * is every one. Default: none.
	CORSOrigins []string
	// Log gets what a caller must not see: the inner text of a 5xx, with its request id. Default: none.
	Log *slog.Logger

	// Limiter bounds what data operations may cost together. Default: nothing does.
	Limiter *limits.Limiter
	// Refusals holds back the refusals of addresses that get very many. Default: nothing is held back.
	Refusals *limits.Refusals

	// Backups makes and keeps backups. Default: there are none.
	Backups Backups

	// Sessions keeps the browsers that are signed in. Default: browsers cannot sign in.
	Sessions access.Sessions
	// SetupCode signs the first administrator in. Default: there is none.
	SetupCode *sessions.SetupCode
	// SessionTime is how long a browser stays signed in. Default: DefaultSessionTime.
	SessionTime time.Duration
	// Meter counts requests, in the memory of this process. Default: no statistics are kept.
	Meter *meter.Meter
	// Metrics serves GET /metrics, which needs SystemRead. Default: there is no such page.
	Metrics http.Handler
	// Span makes a span for what an operation asks of its store. Default: there are no spans.
	Span Span
	// System describes the server and its machine. Default: it is not supported.
	System func(context.Context) (System, error)
	// Pending says what a server that turns itself on still waits for, empty if nothing: until then it is not ready. Default:
	// nothing.
	Pending func() string
	// Dashboard is what / and the pages below it show. Default: / leads to the documentation.
	Dashboard Pages
	// Docs is the documentation, at /docs. Default: there is none.
	Docs Pages
}

// Span starts a span for an operation, as a child of the one in ctx. The operation continues with the context that it returns,
// and calls the other result with its error when it ends.
type Span func(ctx context.Context, operation string) (context.Context, func(error))

// DefaultSessionTime is a working day with breaks.
const DefaultSessionTime = 12 * time.Hour

// Pages are pages that need no token.
type Pages interface {
	http.Handler
	// Paths are those that ServeHTTP answers, as patterns of http.ServeMux without a method. At any other it shows that there is
	// nothing.
	Paths() []string
}

// Bounds limit what one request may cost. Zero fields have the defaults of WIRE: see DefaultBounds.
type Bounds struct {
	MaxValue  int64         // bytes of a value
	MaxAnswer int64         // bytes of a response
	MaxBatch  int64         // bytes of a body with many keys
	Timeout   time.Duration // of a data operation, store and all
	BodyTime  time.Duration // in which a request's body has to arrive, if the server sets no smallest rate for it
}

// DefaultBounds are those of a self-hosted server.
func DefaultBounds() Bounds {
	return Bounds{
		MaxValue:  kv.DefaultMaxValue,
		MaxAnswer: kv.DefaultMaxAnswer,
		MaxBatch:  16 << 20,
		Timeout:   10 * time.Second,
		BodyTime:  20 * time.Minute, // 16 MiB at the 16 KiB a second that a self-hosted server demands
	}
}

func (b Bounds) withDefaults() Bounds {
	d := DefaultBounds()
	return Bounds{
		MaxValue:  cmp.Or(b.MaxValue, d.MaxValue),
		MaxAnswer: cmp.Or(b.MaxAnswer, d.MaxAnswer),
		MaxBatch:  cmp.Or(b.MaxBatch, d.MaxBatch),
		Timeout:   cmp.Or(b.Timeout, d.Timeout),
		BodyTime:  cmp.Or(b.BodyTime, d.BodyTime),
	}
}
