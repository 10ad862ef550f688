// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// DataBody is a part of every body of a data operation: the project that an API key means.
// It is exported because huma passes over embedded types that are not.
type DataBody struct {
	ProjectID kv.ProjectID `json:"project_id,omitempty" minimum:"1" maximum:"9007199254740991" example:"1" doc:"The project. An API key has to name it; for a deployment token it is ignored, whatever its type."`
	named     bool
	decoder
}

func (b *DataBody) field(_ *decoder, f field) bool {
	if string(f.name) != "project_id" {
		return false
	}
	b.named = true
	if id, ok := parseInteger(f.text); ok && id > 0 && id <= int64(kv.MaxProjectID) {
		b.ProjectID = kv.ProjectID(id)
	}
	return true
}

func (b *DataBody) scope() *DataBody { return b }

// dataBody is what a data operation reads.
type dataBody interface {
	body
	scope() *DataBody
}

// projectScoped is the input of a data operation: its token or its body names a project.
type projectScoped interface{ scope() *DataBody }

// dataInput is the input of a data operation.
type dataInput[B any, P interface {
	*B
	dataBody
}] struct{ Body B }

func (in *dataInput[B, P]) decoding() *decoder { return P(&in.Body).decoding() }
func (in *dataInput[B, P]) scope() *DataBody   { return P(&in.Body).scope() }
func (in *dataInput[B, P]) check(*findings)    {}

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
// It leaves 0 where the body's is not valid, which is told among the findings.
func (c *call) chooseProject(b *DataBody) error {
	switch {
	case c.principal.Project != 0:
		c.project = c.principal.Project
	case b.unread:
	case !b.named:
		return kv.ErrProjectIDRequired
	case b.ProjectID == 0:
		b.add("body.project_id", fmt.Sprintf("must be an integer from 1 to %d", kv.MaxProjectID))
	default:
		c.project = b.ProjectID
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
