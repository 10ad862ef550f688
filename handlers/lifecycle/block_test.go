// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

func TestBlock(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		reach := func(p kv.ProjectID) error {
			lease, err := r.AcquireFor(t.Context(), p)
			if err == nil {
				lease.Release()
			}
			return err
		}
		r.Block(lifecycle.Block{Project: 1, Code: "one", Detail: "project 1 rests"})
		if detail := refused(t, reach(1), kv.ErrUnavailable); detail != "project 1 rests" {
			t.Errorf("detail %q", detail)
		}
		if err := reach(2); err != nil {
			t.Errorf("another project: %v", err)
		}
		if s := r.Status(t.Context()); !s.Healthy || s.Message != "project 1: project 1 rests" {
			t.Errorf("status %+v, want healthy with a warning", s)
		}
		r.Block(lifecycle.Block{Code: "all", Detail: "all are refused"})
		refused(t, reach(2), kv.ErrUnavailable)
		lease, err := r.Acquire()
		if err != nil {
			t.Fatalf("internal work is blocked: %v", err)
		}
		lease.Release()
		want := []engine.Warning{{Code: "one", Detail: "project 1: project 1 rests"}, {Code: "all", Detail: "all are refused"}}
		if s := r.Status(t.Context()); s.Healthy || !cmp.Equal(s.Warnings, want) {
			t.Errorf("status %+v, want not healthy, warnings %v", s, want)
		}
		r.Unblock("all", 0)
		r.Unblock("one", 1)
		r.Unblock("one", 1)
		if err := reach(1); err != nil {
			t.Errorf("after all blocks: %v", err)
		}
		if s := r.Status(t.Context()); !s.Healthy || len(s.Warnings) > 0 || s.Message != "" {
			t.Errorf("status %+v, want healthy", s)
		}
	})
}

func TestWarningsAreLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var warnings atomic.Pointer[[]engine.Warning]
		warnings.Store(&[]engine.Warning{})
		r := serveWith(t, &fakeEngine{}, newControl(), lifecycle.Config{
			Log:      slog.New(slog.NewTextHandler(&log, nil)),
			Warnings: []func(context.Context) []engine.Warning{func(context.Context) []engine.Warning { return *warnings.Load() }},
		})
		enabled(t, r)
		warnings.Store(&[]engine.Warning{{Code: "odd", Detail: "the disk hums"}, {Code: "odd", Detail: "the disk hums"}})
		advance(time.Minute)
		warnings.Store(&[]engine.Warning{})
		advance(time.Minute)
		r.end()
		text := log.String()
		if strings.Count(text, "the disk hums") != 2 || strings.Count(text, "no more: the disk hums") != 1 {
			t.Errorf("log %s\nwant the warning when it appears and when it goes", text)
		}
	})
}
