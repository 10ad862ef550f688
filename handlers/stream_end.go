// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// recheckEvery is the time between two checks that the caller of a stream may still have it. Together with the second that
// another server takes to see a change of shared control data, a stream ends within 5 s of its credential.
const recheckEvery = 2 * time.Second

// send sends a stream for as long as its caller may have it: it ends with its credential, its session and its project, and
// when it loses the permission. A write to a caller that does not read ends too.
func (sc *scope) send(ctx context.Context, s *stream) {
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() {
		err := sc.awaitRefusal(ctx)
		if err == nil {
			return
		}
		sc.api.log.InfoContext(ctx, "a stream ends with its credential", "request_id", sc.requestID, "operation", sc.op.id, "error", err)
		cancel()
		_ = http.NewResponseController(sc.writer).SetWriteDeadline(time.Now()) // a runtime without connections has no such deadline
	})
	s.send(ctx)
}

// awaitRefusal waits until the call would be refused, and returns why; nil if ctx ends first. A session that cannot be read once
// is not at its end: unlike a token, it is not in memory for a while.
func (sc *scope) awaitRefusal(ctx context.Context) error {
	tick := time.NewTicker(recheckEvery)
	defer tick.Stop()
	unread := false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		err := sc.recheck(ctx)
		if unread = sc.session != nil && !unread && errors.Is(err, kv.ErrUnavailable); unread {
			continue
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// recheck returns an error if the call would be refused now. Like a call, it needs control data that can be reached.
func (sc *scope) recheck(ctx context.Context) error {
	p, err := sc.reauthenticate(ctx)
	if err != nil {
		return err
	}
	if err := permitted(p, sc.op.need, sc.project); err != nil || sc.project == 0 {
		return err
	}
	exists, err := sc.api.control.HasProject(ctx, sc.project)
	if err == nil && !exists {
		err = kv.ErrProjectNotFound
	}
	return err
}

// reauthenticate returns who the caller is now. A session is in use for as long as its streams are.
func (sc *scope) reauthenticate(ctx context.Context) (*access.Principal, error) {
	if sc.session == nil {
		return sc.api.control.Authenticate(ctx, bearer(sc.request))
	}
	s, err := sc.api.sessions.Session(ctx, sc.cookie)
	if err != nil {
		return nil, err
	}
	sc.api.noteUse(ctx, sc.cookie, s)
	return sc.api.holder(ctx, s)
}
