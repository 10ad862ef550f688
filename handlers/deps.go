// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	"github.com/tempskv/tempskv/handlers/limits"
	"github.com/tempskv/tempskv/handlers/meter"
)

// Deps is what the operations stand on. Service and Control are required; the rest has
// a zero value that works.
type Deps struct {
	Service *lifecycle.Service
	Control kv.Access
	Bounds  Bounds
	// Whole means that answers are sent as a whole, as a function sends them: what streams is ErrNotSupported.
	Whole bool
	// CORSOrigins are the origins whose pages may call the API, as browsers send them, such as https://app.example.com;
	// * is every one. Default: none.
	CORSOrigins []string
	// Log takes what a caller must not see: the inner text of a 5xx, under its request id. Default: none.
	Log *slog.Logger

	// Limiter bounds what data operations may cost together. Default: nothing does.
	Limiter *limits.Limiter

	// Backups makes and keeps backups. Default: there are none.
	Backups Backups

	// Sessions keeps the browsers that are signed in. Default: none can be.
	Sessions kv.Sessions
	// SessionTime is how long a browser stays signed in. Default: DefaultSessionTime.
	SessionTime time.Duration
	// Meter counts requests, in the memory of this process. Default: no statistics are kept.
	Meter *meter.Meter
	// Metrics answers GET /metrics, to whoever has SystemRead. Default: there is no such page.
	Metrics http.Handler
	// Span is told of what a store is asked. Default: nobody is.
	Span Span
	// System tells of the server and its machine. Default: nothing is told.
	System func(context.Context) (kv.System, error)
	// Pages are the dashboard. Default: / leads to the documentation.
	Pages Pages
}

// Span begins a span of a trace that bears the name of an operation, below that of ctx. The operation goes on with the
// context that it returns, and tells the other result how it ended.
type Span func(ctx context.Context, operation string) (context.Context, func(error))

// DefaultSessionTime is a working day with its breaks.
const DefaultSessionTime = 12 * time.Hour

// Pages are pages that anybody may GET.
type Pages interface {
	http.Handler
	// Paths are those that ServeHTTP answers, as patterns of http.ServeMux without a method.
	Paths() []string
}

// Bounds limit what one request may cost. Zero fields have the defaults of WIRE: see DefaultBounds.
type Bounds struct {
	MaxValue  int64         // bytes of a value
	MaxAnswer int64         // bytes of an answer
	MaxBatch  int64         // bytes of a body with many keys
	Timeout   time.Duration // of a data operation, store and all
	BodyTime  time.Duration // in which a request's body has to arrive
}

// DefaultBounds are those of a self-hosted server.
func DefaultBounds() Bounds {
	return Bounds{
		MaxValue:  kv.DefaultMaxValue,
		MaxAnswer: kv.DefaultMaxAnswer,
		MaxBatch:  16 << 20,
		Timeout:   10 * time.Second,
		BodyTime:  30 * time.Second,
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
