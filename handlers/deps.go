// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// Deps is what the operations stand on. Service and Control are required; the rest has
// a zero value that works.
type Deps struct {
	Service *lifecycle.Service
	Control kv.Access
	Limits  Limits
	// Log takes what a caller must not see: the inner text of a 5xx, under its request id. Default: none.
	Log *slog.Logger
}

// Limits bound what one request may cost. Zero fields have the defaults of WIRE: see DefaultLimits.
type Limits struct {
	MaxValue  int64         // bytes of a value
	MaxAnswer int64         // bytes of an answer
	MaxBatch  int64         // bytes of a body with many keys
	Timeout   time.Duration // of a data operation, store and all
	BodyTime  time.Duration // in which a request's body has to arrive
}

// DefaultLimits are those of a self-hosted server.
func DefaultLimits() Limits {
	return Limits{
		MaxValue:  kv.DefaultMaxValue,
		MaxAnswer: kv.DefaultMaxAnswer,
		MaxBatch:  16 << 20,
		Timeout:   10 * time.Second,
		BodyTime:  30 * time.Second,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	return Limits{
		MaxValue:  cmp.Or(l.MaxValue, d.MaxValue),
		MaxAnswer: cmp.Or(l.MaxAnswer, d.MaxAnswer),
		MaxBatch:  cmp.Or(l.MaxBatch, d.MaxBatch),
		Timeout:   cmp.Or(l.Timeout, d.Timeout),
		BodyTime:  cmp.Or(l.BodyTime, d.BodyTime),
	}
}
