// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"sync"

	"github.com/tempskv/tempskv/handlers/meter"
)

// pipeline answers the requests for one operation. huma only describes it.
type pipeline[I, R any] struct {
	api     *API
	op      operation
	input   binding
	steps   []step // before the time limit of the operation begins
	bounded []step // within it
	counted *meter.Operation
	handle  func(ctx context.Context, sc *scope, in *I) (R, error)
	calls   sync.Pool // free ones, each a *call[I]
}

// call is one request. Another one may use it afterwards.
type call[I any] struct {
	scope scope
	in    I
}

// step is a part of the way of a request. The first that returns an error ends it.
type step func(*scope, context.Context) error

// The steps of operations, in the order of the wire contract.
var (
	managementSteps = []step{
		(*scope).authenticate,
		(*scope).checkHeaders,
		(*scope).wake,
		(*scope).takeMemory,
		(*scope).readBody,
		(*scope).decode,
		(*scope).checkPermission,
		(*scope).validate,
		(*scope).checkSupport,
	}
	dataSteps = []step{
		(*scope).authenticate,
		(*scope).limitToken,
		(*scope).checkHeaders,
		(*scope).wake,
		(*scope).takeMemory,
		(*scope).readBody,
		(*scope).fingerprint,
		(*scope).admitEarly,
		(*scope).decode,
		(*scope).chooseProject,
		(*scope).checkPermission,
		(*scope).validate,
		(*scope).checkSupport,
	}
	boundedDataSteps = []step{
		(*scope).checkProject,
		(*scope).limitProject,
		(*scope).admit,
		(*scope).acquireStore,
		(*scope).checkQuota,
	}
)

// ServeHTTP answers a request. API.ServeHTTP answers panics.
func (p *pipeline[I, R]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, known := p.calls.Get().(*call[I])
	if !known {
		c = new(call[I])
	}
	defer p.end(c)
	sc, in := &c.scope, &c.in
	p.begin(sc, w, r, in)
	ctx := r.Context()
	err := sc.run(ctx, p.steps)
	if err == nil {
		if p.op.timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = withTimeout(ctx, p.op.timeout)
			defer cancel()
		}
		err = sc.run(ctx, p.bounded)
	}
	if err != nil {
		sc.fail(ctx, err)
		return
	}
	traced, ended := sc.trace(sc.withMemory(ctx))
	out, err := p.handle(traced, sc, in)
	ended(err)
	sc.measureStore(err)
	sc.markReplayed()
	sc.noteAnswer(err)
	if err != nil {
		sc.fail(ctx, err)
		return
	}
	sc.respond(ctx, out)
}

// end gives back what a request holds, and its memory if nothing of it goes on: it is answered, and was a data operation.
func (p *pipeline[I, R]) end(c *call[I]) {
	c.scope.end()
	if c.scope.answered && p.op.timeout > 0 {
		*c = call[I]{}
		p.calls.Put(c)
	}
}

// begin fills in what a request carries along the pipeline. The request counts as one for the operation.
func (p *pipeline[I, R]) begin(sc *scope, w http.ResponseWriter, r *http.Request, in *I) {
	writer := w.(*responseWriter) // made by API.ServeHTTP
	writer.operation = p.counted
	p.input.setParams(in, r)
	sc.api, sc.op, sc.request, sc.writer, sc.input, sc.binding = p.api, &p.op, r, writer, in, &p.input
	sc.requestID, sc.ip = writer.requestID[0], clientIP(r)
}

// run takes the steps until one fails.
func (sc *scope) run(ctx context.Context, steps []step) error {
	for _, step := range steps {
		if err := step(sc, ctx); err != nil {
			return err
		}
	}
	return nil
}
