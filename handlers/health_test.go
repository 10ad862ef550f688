// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// switchable is an engine whose server answers until the test turns it off.
type switchable struct {
	fakeEngine
	silent atomic.Bool
	probes atomic.Int64
}

func (e *switchable) Probe(ctx context.Context) (engine.Server, error) {
	e.probes.Add(1)
	if e.silent.Load() {
		<-ctx.Done()
		return engine.Server{}, kv.ErrTimeout
	}
	return engine.Server{}, nil
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &switchable{fakeEngine: fakeEngine{constant{}}}
		service := lifecycle.New(fakeControl{}, lifecycle.Config{
			Engines: map[engine.Name]engine.Driver{engine.Embedded: {Engine: e}},
			Choose:  func(context.Context) engine.Name { return engine.Embedded },
		})
		api := handlers.New(handlers.Deps{Service: service, Control: fakeControl{}})
		wants := func(when string, status int, text string) {
			t.Helper()
			time.Sleep(time.Second) // of the test's own clock: what was found before is old then
			if got := call(api, http.MethodGet, "/readyz", "", ""); got.Code != status || got.Body.String() != text {
				t.Errorf("%s: answered %d %q, want %d %q", when, got.Code, got.Body, status, text)
			}
			if got := call(api, http.MethodGet, "/livez", "", ""); got.Code != 200 {
				t.Errorf("%s: /livez answered %d", when, got.Code)
			}
		}
		wants("before the settings were read", 503, "the store is not open\n")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- service.Run(ctx) }()
		synctest.Wait()
		wants("while off", 200, "ok\n")
		if _, err := service.Enable(t.Context(), engine.Change{}); err != nil {
			t.Fatal(err)
		}
		wants("while on", 200, "ok\n")
		e.silent.Store(true)
		begin := time.Now()
		wants("while the server is silent", 503, "the store does not answer\n")
		if took := time.Since(begin) - time.Second; took >= time.Second {
			t.Errorf("it took %s to tell", took)
		}
		before := e.probes.Load()
		for range 100 {
			call(api, http.MethodGet, "/readyz", "", "")
		}
		if n := e.probes.Load() - before; n != 0 {
			t.Errorf("100 who ask at once make %d probes", n)
		}
		e.silent.Store(false)
		wants("once it answers again", 200, "ok\n")
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
