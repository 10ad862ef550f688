// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// rig is one life of a service over an engine and control data that outlive it.
type rig struct {
	*lifecycle.Service
	engine  *fakeEngine
	control *control
	end     func() // ends Run, as the end of the process does, and waits
}

// serve starts a service. It is called in a bubble of synctest, where waiting takes no time.
func serve(t testing.TB, e *fakeEngine, c *control) rig {
	t.Helper()
	return serveWith(t, e, c, lifecycle.Config{})
}

// serveWith is serve with a configuration, except for its engines.
func serveWith(t testing.TB, e *fakeEngine, c *control, cfg lifecycle.Config) rig {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	if cfg.Engines == nil {
		cfg.Engines = map[engine.Name]engine.Driver{engine.Embedded: {Engine: e}, engine.External: {Engine: e}}
	}
	cfg.Choose = func(context.Context) engine.Name { return engine.Embedded }
	s := lifecycle.New(c, cfg)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	end := sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(end)
	return rig{Service: s, engine: e, control: c, end: end}
}

// inBubble runs the test with a service that was never enabled.
func inBubble(t *testing.T, test func(t *testing.T, r rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, serve(t, &fakeEngine{}, newControl()))
	})
}

// enabled turns the service on with the default settings.
func enabled(t *testing.T, r rig) {
	t.Helper()
	if _, err := r.Enable(t.Context(), engine.Change{}); err != nil {
		t.Fatalf("Enable: %v", err)
	}
}

// call runs f in the background and returns a channel for its error.
func call(f func() error) <-chan error {
	result := make(chan error, 1)
	go func() { result <- f() }()
	return result
}

// advance advances the time of the bubble by d.
func advance(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func refused(t *testing.T, err, kind error) string {
	t.Helper()
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok || !errors.Is(err, kind) {
		t.Fatalf("error %v, want a refusal of kind %v", err, kind)
	}
	return r.Detail
}
