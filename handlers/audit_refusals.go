// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

const (
	// refusalPause is the time between two refusals of one caller and operation that are recorded.
	refusalPause = time.Second
	// maxRefusals bounds how many of these are remembered.
	maxRefusals = 10_000
	// anonymousAtOnce is how many refusals of unknown callers are recorded at once, whatever their addresses.
	anonymousAtOnce = 100
	// anonymousEvery is the time until one more is.
	anonymousEvery = 100 * time.Millisecond
)

// refusals keeps callers who are refused again and again from filling the audit log, and the disk from being busy with
// them. Its zero value works.
type refusals struct {
	mu        sync.Mutex
	last      map[string]time.Time // by caller and operation
	anonymous time.Time            // when all of anonymousAtOnce may come again
	skipped   atomic.Uint64        // refusals that were not recorded
}

// due reports whether a refusal is recorded: by names the caller and the operation.
func (r *refusals) due(by string, kind access.AuditKind, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.last[by]) < refusalPause || !r.hasRoom(now) || kind == access.AuditAnonymous && !r.takeAnonymous(now) {
		r.skipped.Add(1)
		return false
	}
	r.last[by] = now
	return true
}

// hasRoom reports whether one more refusal can be remembered.
func (r *refusals) hasRoom(now time.Time) bool {
	if r.last == nil {
		r.last = map[string]time.Time{}
	}
	if len(r.last) >= maxRefusals {
		maps.DeleteFunc(r.last, func(_ string, at time.Time) bool { return now.Sub(at) >= refusalPause })
	}
	return len(r.last) < maxRefusals
}

// takeAnonymous reports whether a refusal of an unknown caller may be recorded now.
func (r *refusals) takeAnonymous(now time.Time) bool {
	if r.anonymous.Before(now) {
		r.anonymous = now
	}
	if r.anonymous.Sub(now) > (anonymousAtOnce-1)*anonymousEvery {
		return false
	}
	r.anonymous = r.anonymous.Add(anonymousEvery)
	return true
}

// RefusalsSkipped returns how many refused calls were not recorded in the audit log, since too many alike came at once.
func (a *API) RefusalsSkipped() uint64 { return a.refused.skipped.Load() }
