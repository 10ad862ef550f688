// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/access"
)

// operation describes an operation, apart from its input, its output and its handler.
type operation struct {
	name              string // of a data operation, as in its path
	id, method, path  string
	tag               string
	summary           string
	description       string
	need              access.Permissions         // 0: any valid token
	status            int                        // of success; 0 means 200
	maxBody           int64                      // bytes; 0 means maxManagementBody
	timeout           time.Duration              // of a data operation, store and all; 0 for one that streams
	audited           bool                       // a management call that changes something
	target            string                     // what an audited call is about, where its input has no id
	streams           bool                       // its response goes on until the caller or the server ends it
	media             string                     // the media type of its response, where that is not JSON
	query             bool                       // takes parameters in the query
	idempotent        bool                       // Idempotency-Key makes it safe to repeat
	walks             bool                       // it goes over keys: see limits.Limiter.Walk
	authenticate      authenticator              // nil for a token or a session
	browser           bool                       // needs a session, not a token
	document          func(*API, *huma.Response) // adds to what the document says of its success
	supported         func(*API) error           // what this runtime has to have for it, nil if nothing
	errors            []error                    // that only some operations end in
	request, response string                     // examples, as JSON; no request without a body
}

// maxManagementBody is the longest body of all but the data operations, in bytes.
const maxManagementBody = 1 << 20

// register adds a management operation. Its input has parameters, a field Body, both or neither, and so has its output.
func register[I, O any](a *API, op operation, handle func(ctx context.Context, sc *scope, in *I) (*O, error)) {
	add(a, op, a.bind(reflect.TypeFor[I](), reflect.TypeFor[O]()), managementSteps, nil, handle, func(o huma.Operation) {
		describe[I, O](a, o)
	})
}

// add routes the requests for an operation, which describe adds to the document.
func add[I, R any](
	a *API, op operation, input binding, steps, bounded []step,
	handle func(ctx context.Context, sc *scope, in *I) (R, error), describe func(huma.Operation),
) {
	op.maxBody = cmp.Or(op.maxBody, maxManagementBody)
	if op.authenticate == nil {
		op.authenticate = (*scope).byToken
	}
	a.names[op.method+" "+op.path] = op.id
	p := &pipeline[I, R]{
		api: a, op: op, input: input, steps: steps, bounded: bounded, counted: a.counted(op.id, op.kind()), handle: handle,
	}
	a.handle(op.method, op.path, p)
	if op.tag == dataTag && op.method == http.MethodPost {
		a.direct[op.path] = directRoute{p, op.method + " " + op.path}
	}
	a.described = append(a.described, func() {
		describe(a.describe(op))
		if input.decoder != nil {
			input.decoder().Describe(a.huma.OpenAPI().Components.Schemas)
		}
		a.complete(op)
	})
}

// DataPaths returns the paths of the data operations that answer a POST with one JSON document, under the base path too.
func (a *API) DataPaths() []string {
	paths := slices.Clone(a.dataPaths)
	if a.basePath != "" {
		for _, path := range a.dataPaths {
			paths = append(paths, a.basePath+path) // a proxy may take it away, or not
		}
	}
	return paths
}

// directRoute is a route that is found by its path alone, without the mux.
type directRoute struct {
	http.Handler
	pattern string // that the mux would set
}

// handle routes requests.
func (a *API) handle(method, path string, h http.Handler) {
	a.routes[path] = append(a.routes[path], method)
	a.mux.Handle(method+" "+path, h)
}
