// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"sync/atomic"

	"github.com/tempskv/tempskv/handlers/kv"
)

// waitingOps are writes that wait for a transaction: those of one project in the order in which they came, and one of each
// project after the other, so that a project with many of them waits for itself alone. The zero value is empty.
type waitingOps struct {
	n     atomic.Int64
	ready []*projectOps // the first is next
	of    map[kv.ProjectID]*projectOps
}

// projectOps are those of one project, of which there is one at least.
type projectOps struct {
	project kv.ProjectID
	ops     []*op
}

func (q *waitingOps) push(o *op) {
	q.n.Add(1)
	p := q.of[o.project]
	if p == nil {
		if q.of == nil {
			q.of = map[kv.ProjectID]*projectOps{}
		}
		p = &projectOps{project: o.project}
		q.of[o.project] = p
		q.ready = append(q.ready, p)
	}
	p.ops = append(p.ops, o)
}

// next returns the next one, nil if there is none.
func (q *waitingOps) next() *op {
	if len(q.ready) == 0 {
		return nil
	}
	return q.ready[0].ops[0]
}

// pop removes the next one.
func (q *waitingOps) pop() {
	q.n.Add(-1)
	p := q.ready[0]
	q.ready = q.ready[1:]
	if p.ops = p.ops[1:]; len(p.ops) > 0 {
		q.ready = append(q.ready, p)
	} else {
		delete(q.of, p.project)
	}
}
