// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

const (
	// enableWait is how long requests wait at a start for a first enable, so that the first of them is answered. One that
	// takes longer goes on; the server is not ready before its end.
	enableWait = 5 * time.Second
	// Pauses between attempts to turn the service on grow from the first to the last.
	firstEnablePause = 100 * time.Millisecond
	lastEnablePause  = 10 * time.Second
)

// unattended is the turning on of a service without an operator. The zero value has ended.
type unattended struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// stop ends it, and waits until it has ended. An enable that is under way goes on as long as the service runs.
func (u unattended) stop() {
	if u.done != nil {
		u.cancel()
		<-u.done
	}
}

// turnOn turns the service on in the background, as the setting enable says, if it never was. It returns when that is done or
// has failed once, and after enableWait at the latest. What fails is logged and tried again until ctx ends: what the engine needs, such as a
// Redis, may start later than this server. A service that an operator turned off stays off.
func (n *node) turnOn(ctx context.Context, log *slog.Logger) unattended {
	if n.cfg.Enable == "" {
		return unattended{}
	}
	ctx, cancel := context.WithCancel(ctx)
	u := unattended{cancel: cancel, done: make(chan struct{})}
	failed := make(chan struct{})
	n.pending.Store(new("the service is being turned on"))
	go func() {
		defer close(u.done)
		defer n.pending.Store(nil)
		n.enableOnce(ctx, sync.OnceFunc(func() { close(failed) }), log)
	}()
	select {
	case <-u.done:
	case <-failed: // callers are told so
	case <-time.After(enableWait):
	case <-ctx.Done():
	}
	return u
}

// waitsFor says why the server is not ready, empty if it does not wait to be turned on.
func (n *node) waitsFor() string {
	if why := n.pending.Load(); why != nil {
		return *why
	}
	return ""
}

// enableOnce enables the service unless it ever was, by this server, another one that shares its control data, or an operator.
// It calls failed for each attempt that fails.
func (n *node) enableOnce(ctx context.Context, failed func(), log *slog.Logger) {
	var same repeats
	for pause := firstEnablePause; ; pause = min(2*pause, lastEnablePause) {
		over, err := n.tryEnable(ctx, log)
		if err != nil && !over {
			over, _ = n.wasEnabled(ctx, log) // another server was faster
		}
		if over || ctx.Err() != nil {
			return
		}
		why := n.whyNot(ctx, err)
		n.pending.Store(&why)
		failed()
		if attempts, due := same.next(why, time.Now()); due {
			log.Error("the service could not be turned on; it is tried again", "engine", n.cfg.Enable, "error", why, "attempts", attempts)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// tryEnable enables the service unless it ever was, and reports whether nothing is left to do.
func (n *node) tryEnable(ctx context.Context, log *slog.Logger) (over bool, err error) {
	if over, err = n.wasEnabled(ctx, log); err != nil || over {
		return over, err
	}
	if _, err := n.service.Enable(ctx, engine.Change{Engine: &n.cfg.Enable}); err != nil {
		return false, err
	}
	n.audit(ctx, access.AuditEntry{Actor: "serve --enable", Action: "kvEnable", Target: "service"}, log)
	return true, nil
}

// wasEnabled reports whether the service ever was on.
func (n *node) wasEnabled(ctx context.Context, log *slog.Logger) (bool, error) {
	settings, err := n.control.Settings(ctx)
	if err == nil && settings.Engine != "" && !settings.Enabled {
		log.Info("the service is left off, since it was turned off after it had been on", "enable", n.cfg.Enable)
	}
	return settings.Engine != "", err
}

// whyNot puts the error of an enable into words that hold no secret.
func (n *node) whyNot(ctx context.Context, err error) string {
	if refusal, ok := errors.AsType[*kv.Refusal](err); ok {
		return refusal.Detail
	}
	if message := n.service.Status(ctx).Message; message != "" {
		return message
	}
	return "the control data cannot be reached"
}

// audit records what this server did at its start, without a caller.
func (n *node) audit(ctx context.Context, e access.AuditEntry, log *slog.Logger) {
	e.Time, e.Result = time.Now().UTC(), "ok"
	if err := n.control.RecordAudit(context.WithoutCancel(ctx), e); err != nil {
		log.Error("audit log", "action", e.Action, "error", err)
	}
}
