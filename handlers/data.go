// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// DataBody is a part of every body of a data operation: the project that an API key means.
// It is exported because huma passes over embedded types that are not.
type DataBody struct {
	ProjectID projectRef `json:"project_id,omitempty" minimum:"1" maximum:"9007199254740991" example:"1" doc:"The project. An API key has to name it; for a deployment token it is ignored, whatever its type."`
	received
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

// dataBody is what a data operation reads.
type dataBody interface {
	decoding() *body.Result
	scope() *DataBody
}

// projectScoped is the input of a data operation: its token or its body names a project.
type projectScoped interface{ scope() *DataBody }

// dataInput is the input of a data operation.
type dataInput[B any, P interface {
	*B
	dataBody
}] struct{ Body B }

func (in *dataInput[B, P]) decoding() *body.Result { return P(&in.Body).decoding() }
func (in *dataInput[B, P]) scope() *DataBody       { return P(&in.Body).scope() }
func (in *dataInput[B, P]) check(*body.Violations) {}

// dataOutput is the output of a data operation.
type dataOutput[R any] struct{ Body R }

// bodyOverhead is what a body may hold beside a value, in bytes.
const bodyOverhead = 64 << 10

// data adds a data operation: POST /api/kv/{name}. do gets a call whose project exists and whose store is open.
func data[B, R any, P interface {
	*B
	dataBody
}](a *API, op operation, do func(ctx context.Context, c *call, in *B) (R, error)) {
	op.id, op.tag = "kv"+strings.ToUpper(op.name[:1])+op.name[1:], dataTag
	op.method, op.path = http.MethodPost, "/api/kv/"+op.name
	op.maxBody = max(op.maxBody, a.limits.MaxValue+bodyOverhead)
	op.errors = append(op.errors, dataErrors...)
	register(a, op, func(ctx context.Context, c *call, in *dataInput[B, P]) (*dataOutput[R], error) {
		ctx, cancel := context.WithTimeout(ctx, a.limits.Timeout)
		defer cancel()
		if err := a.checkProject(ctx, c); err != nil {
			return nil, err
		}
		if err := a.limitProject(ctx, c, c.project); err != nil {
			return nil, err
		}
		if err := c.turn.enter(); err != nil {
			return nil, err
		}
		lease, err := a.service.AcquireFor(ctx, c.project)
		if err != nil {
			a.failed(err)
			return nil, err
		}
		defer lease.Release()
		c.store = lease
		if err := a.admit(ctx, c, lease.Store, &in.Body); err != nil {
			return nil, err
		}
		start := a.now()
		ctx, end := a.trace(ctx, op.name)
		result, err := do(ctx, c, &in.Body)
		end(err)
		a.stored(c, start, err)
		c.tellReplayed()
		if err != nil {
			return nil, err
		}
		return &dataOutput[R]{result}, nil
	})
}

// chooseProject finds the project of a data operation: that of a deployment token, else that of the body.
// It leaves 0 where the body's is not valid, which is one of the violations.
func (c *call) chooseProject(b *DataBody) error {
	switch {
	case c.principal.Project != 0:
		c.project = c.principal.Project
	case b.Unread:
	case b.ProjectID == 0:
		return kv.ErrProjectIDRequired
	case b.ProjectID == invalidProject:
		b.Violations.Add("body.project_id", fmt.Sprintf("must be an integer from 1 to %d", kv.MaxProjectID))
	default:
		c.project = kv.ProjectID(b.ProjectID)
	}
	return nil
}

// checkProject refuses a project that does not exist. A deployment token ends with its project.
func (a *API) checkProject(ctx context.Context, c *call) error {
	if c.principal.Project != 0 {
		return nil
	}
	exists, err := a.control.HasProject(ctx, c.project)
	if err == nil && !exists {
		err = kv.ErrProjectNotFound
	}
	return err
}
