// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

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
	handle  func(ctx context.Context, c *call, in *I) (R, error)
}

// step is a part of the way of a request. The first that returns an error ends it.
type step func(*call, context.Context) error

// The steps of operations, in the order of the wire contract.
var (
	managementSteps = []step{
		(*call).authenticate,
		(*call).checkHeaders,
		(*call).wake,
		(*call).readBody,
		(*call).decode,
		(*call).checkPermission,
		(*call).validate,
		(*call).checkSupport,
	}
	dataSteps = []step{
		(*call).authenticate,
		(*call).limitToken,
		(*call).checkHeaders,
		(*call).wake,
		(*call).readBody,
		(*call).fingerprint,
		(*call).admitEarly,
		(*call).decode,
		(*call).chooseProject,
		(*call).checkPermission,
		(*call).validate,
		(*call).checkSupport,
	}
	boundedDataSteps = []step{
		(*call).checkProject,
		(*call).limitProject,
		(*call).admit,
		(*call).acquireStore,
		(*call).checkQuota,
	}
)

// ServeHTTP answers a request. API.ServeHTTP answers panics.
func (p *pipeline[I, R]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := new(I)
	c := p.begin(w, r, in)
	defer c.end()
	ctx := r.Context()
	err := c.run(ctx, p.steps)
	if err == nil {
		if p.op.timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, p.op.timeout)
			defer cancel()
		}
		err = c.run(ctx, p.bounded)
	}
	if err != nil {
		c.refuse(ctx, err)
		return
	}
	traced, ended := c.trace(ctx)
	out, err := p.handle(traced, c, in)
	ended(err)
	c.measureStore(err)
	c.tellReplayed()
	if err != nil {
		c.refuse(ctx, err)
		return
	}
	c.answer(ctx, out)
}

// begin makes what a request carries along the pipeline. The request counts as one for the operation.
func (p *pipeline[I, R]) begin(w http.ResponseWriter, r *http.Request, in *I) *call {
	response := w.(*response) // made by API.ServeHTTP
	response.operation = p.counted
	p.input.setParams(in, r)
	return &call{
		api: p.api, op: &p.op, request: r, response: response, input: in, binding: &p.input,
		requestID: response.Header().Get(requestIDHeader), ip: clientIP(r),
	}
}

// run takes the steps until one fails.
func (c *call) run(ctx context.Context, steps []step) error {
	for _, step := range steps {
		if err := step(c, ctx); err != nil {
			return err
		}
	}
	return nil
}
