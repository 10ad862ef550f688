// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/meter"
)

// counted returns what counts the requests for an operation, nil where no statistics are kept.
func (a *API) counted(name string, kind meter.Kind) *meter.Operation {
	if a.meter == nil {
		return nil
	}
	return a.meter.Operation(name, kind)
}

// Operation returns the name that metrics have for the operation that a request is for, such as kvGet; "other" stands for pages
// and for what is no operation.
func (a *API) Operation(r *http.Request) string {
	if !clean(r.URL.Path) {
		return otherOperation
	}
	_, route := a.mux.Handler(r)
	return cmp.Or(a.names[route], otherOperation)
}

// otherOperation counts what is no operation.
const otherOperation = "other"

// kind is what an operation does with data.
func (op *operation) kind() meter.Kind {
	switch {
	case op.streams:
		return meter.Stream
	case op.tag != dataTag:
		return meter.Other
	case op.need == access.KvWrite:
		return meter.Write
	}
	return meter.Read
}

// measure counts a request that is over.
func (a *API) measure(w *responseWriter, start time.Time) {
	now := a.now()
	w.operation.Record(now, meter.Request{
		Status: cmp.Or(w.status, http.StatusOK), Took: now.Sub(start), Store: w.store, Project: int64(w.project),
		Problem: w.problem, Hits: w.hits, Misses: w.misses,
	})
	a.meter.End()
}

// trace begins a span for what a data operation asks of the store, where spans are made.
func (sc *scope) trace(ctx context.Context) (context.Context, func(error)) {
	if sc.op.timeout == 0 {
		return ctx, untraced
	}
	sc.asked = sc.api.now()
	if sc.api.span == nil {
		return ctx, untraced
	}
	return sc.api.span(ctx, sc.op.name)
}

func untraced(error) {}

// measureStore notes how long the store took for a data operation, and whether it failed.
func (sc *scope) measureStore(err error) {
	if sc.op.timeout == 0 {
		return
	}
	sc.writer.store = sc.api.now().Sub(sc.asked)
	if err != nil {
		sc.api.failed(err)
	}
}

// noteProblem counts a data operation that failed by the code of its problem.
func (sc *scope) noteProblem(err error) {
	if sc.op.tag != dataTag {
		return
	}
	kind := kindOf(err)
	sc.writer.problem = 1 + slices.IndexFunc(problemKinds, func(k problemKind) bool { return k.err == kind.err })
}

// noteRead counts a key that was read.
func (sc *scope) noteRead(v kv.Value) {
	if v == nil {
		sc.writer.misses++
	} else {
		sc.writer.hits++
	}
}

// faults are the errors of a store that its caller has no part in.
var faults = []struct {
	err   error
	fault meter.Fault
}{
	{kv.ErrUnavailable, meter.Unavailable},
	{kv.ErrTimeout, meter.Timeout},
	{kv.ErrOutcomeUnknown, meter.OutcomeUnknown},
	{kv.ErrStorageFull, meter.StorageFull},
	{kv.ErrOutOfMemory, meter.OutOfMemory},
	{kv.ErrDamaged, meter.Internal},
	{errInternal, meter.Internal},
}

// failed counts an error of the store, where it is a fault of it.
func (a *API) failed(err error) {
	if a.meter == nil {
		return
	}
	kind := kindOf(err).err
	for _, f := range faults {
		if f.err == kind {
			a.meter.Fail(f.fault)
		}
	}
}
