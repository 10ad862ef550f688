// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/meter"
)

// operation is what the handler set has to know of an operation beside its input, its output and what it does.
type operation struct {
	name             string // of a data operation, as in its path
	id, method, path string
	tag              string
	summary          string
	description      string
	need             kv.Permissions // 0: any valid token
	status           int            // of success; 0 means 200
	maxBody          int64          // bytes; at least maxManagementBody
	audited          bool           // a management call that changes something
	target           string         // what an audited call is about, where its input has no id
	streams          bool           // its answer goes on until somebody ends it
	media            string         // what its answer is, where that is not JSON
	query            bool           // takes parameters in the query
	linked           bool           // a GET that a link in the server's own pages may lead to
	once             bool           // Idempotency-Key makes it safe to repeat
	identify         identify       // how it is found out who calls; nil for a token or a session
	errors           []error        // that only some operations end in
	request, answer  string         // examples, as JSON; an operation without a body has no request
}

// identify finds out who calls. It runs before the body is read.
type identify func(*call, *http.Request) error

// maxManagementBody is the longest body of all but the data operations, in bytes.
const maxManagementBody = 1 << 20

// input is what huma fills in for an operation: parameters, a body, both or neither.
type input interface {
	// decoding returns what was found in the body when it was read, nil where there is no body.
	decoding() *body.Result
	// check finds what is wrong with the parameters.
	check(f *body.Violations)
}

// register adds an operation. Refusals come in the order that the wire contract gives: authenticate
// has made those before the body, and everything from the body on is made here.
func register[I, O any, P interface {
	*I
	input
}](a *API, op operation, do func(ctx context.Context, c *call, in *I) (*O, error)) {
	handle := func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		out, err := admitted(op, c, P(in), func() (*O, error) { return do(ctx, c, in) })
		if err != nil {
			p := a.refusal(ctx, err, c.requestID)
			if op.tag == dataTag && p.Status >= http.StatusInternalServerError && !limited(err) {
				p.Detail = kindOf(err).detail // what a store says of itself is for operators
			}
			a.record(ctx, op, c, p.Code)
			return nil, p
		}
		a.record(ctx, op, c, "ok")
		return out, nil
	}
	a.add(op, func(described huma.Operation) {
		a.compileBody(reflect.TypeFor[I]())
		huma.Register(a.huma, described, handle)
	})
}

// shown reports whether data callers may read what the error says.
func shown(err error) bool {
	refusal, ok := errors.AsType[*kv.Refusal](err)
	return ok && refusal.Shown
}

// add routes requests to the operation, which register registers with huma.
func (a *API) add(op operation, register func(described huma.Operation)) {
	a.routes[op.path] = append(a.routes[op.path], op.method)
	counted := a.counted(op.id, op.kind())
	a.late.add(op.method+" "+op.path, func() {
		register(a.describe(op, counted))
		a.document(op)
	})
}

// admitted runs the operation, unless the body, the permissions or the parameters refuse it.
func admitted[O any](op operation, c *call, in input, do func() (*O, error)) (*O, error) {
	d := in.decoding()
	if d != nil && d.Err != nil {
		return nil, d.Err
	}
	c.target = op.target
	if t, ok := in.(targeted); ok {
		c.target = t.target()
	}
	if scoped, ok := in.(projectScoped); ok {
		if err := c.chooseProject(scoped.scope()); err != nil {
			return nil, err
		}
	}
	if err := c.permit(op.need); err != nil {
		return nil, err
	}
	var found body.Violations
	if d != nil {
		found = d.Violations
	}
	if c.idempotency != nil {
		c.idempotency.check(&found)
	}
	if in.check(&found); len(found) > 0 {
		return nil, &invalidError{found}
	}
	return do()
}

// permit refuses a call whose token lacks a permission, or whose project is not one of its own.
func (c *call) permit(need kv.Permissions) error {
	if need != 0 && !c.principal.Can(need) {
		return kv.Refuse(kv.ErrPermissionDenied, "this token lacks the permission %s", need)
	}
	if c.project != 0 && !c.principal.CanReach(c.project) {
		return kv.Refuse(kv.ErrPermissionDenied, "this API key is narrowed to a list of projects, and %d is not on it",
			c.project)
	}
	return nil
}

// refusal turns an error into the answer, and logs what the caller must not see.
func (a *API) refusal(ctx context.Context, err error, requestID string) *problem {
	p := newProblem(err, requestID)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, kv.ErrDisabled) && !limited(err) {
		a.log.WarnContext(ctx, "request failed", "request_id", requestID, "code", p.Code, "error", err)
	}
	return p
}

// describe makes huma's form of an operation.
func (a *API) describe(op operation, counted *meter.Operation) huma.Operation {
	who := op.identify
	switch {
	case who == nil && op.linked:
		who = a.authenticateLink
	case who == nil:
		who = a.authenticate
	}
	middlewares := huma.Middlewares{a.begin(op, who, counted)}
	var parameters []*huma.Param
	if op.once {
		middlewares = append(middlewares, takeIdempotency(op.name))
		parameters = append(parameters, idempotencyParam())
	}
	responses := a.errorResponses(slices.Concat(commonErrors, op.errors, bodyErrors(op)))
	if op.media != "" {
		responses[strconv.Itoa(http.StatusOK)] = &huma.Response{
			Description: http.StatusText(http.StatusOK),
			Content:     map[string]*huma.MediaType{op.media: {}},
		}
	}
	return huma.Operation{
		Parameters:  parameters,
		OperationID: op.id, Method: op.method, Path: op.path, DefaultStatus: op.status,
		Tags: []string{op.tag}, Summary: op.summary, Description: op.description,
		// huma takes a body of just the limit for too large.
		MaxBodyBytes:     max(op.maxBody, maxManagementBody) + 1,
		BodyReadTimeout:  a.limits.BodyTime,
		SkipValidateBody: true, SkipValidateParams: true,
		Security:    op.security(),
		Middlewares: middlewares,
		Responses:   responses,
	}
}
