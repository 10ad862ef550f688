// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// DataBody is a part of every body of a data operation: the project that an API key means.
// It is exported because huma passes over embedded types that are not.
type DataBody struct {
	ProjectID projectRef `json:"project_id,omitempty" minimum:"1" maximum:"9007199254740991" example:"1" doc:"The project. An API key has to name it; for a deployment token it is ignored, whatever its type."`
}

// projectRef names a project: 0 if it is not given, invalidProject if it is not the id of one. That is a violation only
// where the token does not name the project.
type projectRef int64

const invalidProject projectRef = -1

// ReadJSON takes any JSON text.
func (p *projectRef) ReadJSON(text []byte) {
	*p = invalidProject
	if id, ok := body.Integer(text); ok && kv.ProjectID(id).Validate() == nil {
		*p = projectRef(id)
	}
}

func (b *DataBody) scope() *DataBody { return b }

// projectScoped is the input of a data operation: its token or its body names a project.
type projectScoped interface{ scope() *DataBody }

// bodyOverhead is what a body may hold in addition to a value, in bytes.
const bodyOverhead = 64 << 10

// data adds a data operation: POST /api/kv/{name}.
func data[B, R any](a *API, op operation, handle func(ctx context.Context, sc *scope, in *B) (R, error)) {
	op.id = "kv" + strings.ToUpper(op.name[:1]) + op.name[1:]
	op.method, op.path = http.MethodPost, "/api/kv/"+op.name
	a.dataPaths = append(a.dataPaths, op.path)
	op.maxBody, op.timeout = max(op.maxBody, a.bounds.MaxValue+bodyOverhead, maxManagementBody), a.bounds.Timeout
	registerData(a, op, handle)
}

// registerData adds an operation on the data of a project. Its input is the body. handle gets a scope whose project exists
// and whose store is open.
func registerData[B, R any](a *API, op operation, handle func(ctx context.Context, sc *scope, in *B) (R, error)) {
	op.tag = dataTag
	op.errors = append(op.errors, dataErrors...)
	type input struct{ Body B }
	type output struct{ Body R }
	add(a, op, a.bindBody(reflect.TypeFor[B]()), dataSteps, boundedDataSteps, handle, func(o huma.Operation) {
		if op.media != "" {
			describe[input, struct{}](a, o)
			return
		}
		describe[input, output](a, o)
	})
}

// chooseProject finds the project of a data operation: that of a deployment token, else that of the body.
// It leaves 0 where the body's is not valid, which is one of the violations.
func (sc *scope) chooseProject(context.Context) error {
	named := sc.input.(projectScoped).scope().ProjectID
	switch {
	case sc.principal.Project != 0:
		sc.project = sc.principal.Project
	case sc.read.Unread:
	case named == 0:
		return kv.ErrProjectIDRequired
	case named == invalidProject:
		sc.read.Violations.Add("body.project_id", fmt.Sprintf("must be an integer from 1 to %d", kv.MaxProjectID))
	default:
		sc.project = kv.ProjectID(named)
	}
	return nil
}

// checkProject refuses a project that does not exist. A deployment token ends with its project.
func (sc *scope) checkProject(ctx context.Context) error {
	if sc.principal.Project != 0 {
		return nil
	}
	exists, err := sc.api.control.HasProject(ctx, sc.project)
	if err == nil && !exists {
		err = kv.ErrProjectNotFound
	}
	if err == nil {
		sc.writer.project = sc.project
	}
	return err
}

// acquireStore keeps the store open until the response is made.
func (sc *scope) acquireStore(ctx context.Context) (err error) {
	if sc.lease, err = sc.api.service.AcquireFor(ctx, sc.project); err != nil {
		sc.api.failed(err)
		return err
	}
	sc.store = sc.lease.Store
	return nil
}
