// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
)

func TestRestartComesBackAsItWas(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		if _, err := r.Enable(t.Context(), memory("1gb")); err != nil {
			t.Fatal(err)
		}
		saved := r.control.save.count()
		r.end()
		if !r.engine.isRunning() || r.engine.openStores() != 0 {
			t.Error("the end of the process stopped the engine, or left its store open")
		}
		if _, err := r.Acquire(); err != kv.ErrUnavailable {
			t.Errorf("Acquire after the end: %v", err)
		}
		refused(t, r.Disable(t.Context()), kv.ErrUnavailable)

		next := serve(t, r.engine, r.control)
		synctest.Wait()
		if status := next.Status(t.Context()); !status.Healthy || status.Settings.MaxMemory != "1gb" {
			t.Errorf("after a restart: %+v", status)
		}
		if got := r.control.save.count(); got != saved {
			t.Error("a start saved the settings")
		}
		if err := next.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		next.end()
		last := serve(t, r.engine, r.control)
		advance(time.Minute)
		if _, err := last.Acquire(); err != kv.ErrDisabled {
			t.Errorf("disabled and restarted: %v", err)
		}
	})
}

func TestStartWaitsForTheEngineAndTheControlData(t *testing.T) {
	for name, place := range map[string]func(r rig) *fault{
		"engine":  func(r rig) *fault { return &r.engine.enable },
		"control": func(r rig) *fault { return &r.control.load },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r rig) {
				enabled(t, r)
				r.end()
				missing := place(r)
				missing.set(errors.New("connection refused"))
				r = serve(t, r.engine, r.control)
				before := missing.count()
				advance(time.Hour)
				if _, err := r.Acquire(); err != kv.ErrUnavailable {
					t.Errorf("Acquire: %v", err)
				}
				if got := r.Status(t.Context()).Message; !strings.Contains(got, "connection refused; it is tried again") {
					t.Errorf("message %q", got)
				}
				if got := missing.count() - before; got < 600 || got > 2000 {
					t.Errorf("%d attempts in an hour", got)
				}
				missing.set(nil)
				advance(5 * time.Second)
				if status := r.Status(t.Context()); !status.Healthy || status.Message != "" {
					t.Errorf("not up after the longest pause: %+v", status)
				}
			})
		})
	}
}

// waiting is a service that is enabled and whose engine hangs at the start.
func waiting(t *testing.T, r rig) (next rig, unblock func()) {
	t.Helper()
	enabled(t, r)
	r.end()
	unblock = r.engine.enable.block()
	next = serve(t, r.engine, r.control)
	synctest.Wait()
	return next, unblock
}

func TestEnableJoinsTheStart(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r, unblock := waiting(t, r)
		_, err := r.Enable(t.Context(), memory("1gb"))
		refused(t, err, kv.ErrBusy)
		_, err = r.Update(t.Context(), memory("1gb"))
		refused(t, err, kv.ErrBusy)
		result := call(func() error { _, err := r.Enable(t.Context(), engine.Change{}); return err })
		synctest.Wait()
		unblock()
		if err := <-result; err != nil {
			t.Error(err)
		}
		if got := r.engine.enable.count(); got != 2 {
			t.Errorf("%d enables of the engine, want 2", got)
		}
	})
}

func TestDisableInterruptsTheStart(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r, _ = waiting(t, r)
		if err := r.Disable(t.Context()); err != nil {
			t.Fatal(err)
		}
		advance(time.Hour)
		if got := r.engine.enable.count(); got != 2 || r.control.stored().Enabled {
			t.Errorf("%d enables of the engine, want 2; stored %+v", got, r.control.stored())
		}
		if status := r.Status(t.Context()); status.Message != "" || status.Settings.Enabled {
			t.Errorf("status %+v", status)
		}
	})
}

func TestUpdateOfAServiceThatIsNotUp(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		r.end()
		r.engine.enable.set(kv.ErrUnavailable)
		r = serve(t, r.engine, r.control)
		advance(time.Second)
		_, err := r.Update(t.Context(), memory("1gb"))
		refused(t, err, kv.ErrUnavailable)
		_, err = r.Enable(t.Context(), memory("1gb"))
		refused(t, err, kv.ErrAlreadyEnabled)
		if _, err := r.Enable(t.Context(), engine.Change{}); !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("an enable of the same: %v", err)
		}
		r.engine.enable.set(nil)
		enabled(t, r)
	})
}

func TestEndInterruptsAJob(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		r.engine.enable.block()
		result := call(func() error { _, err := r.Enable(t.Context(), engine.Change{}); return err })
		synctest.Wait()
		r.end()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestStatusShowsNoSecret(t *testing.T) {
	const url = "rediss://app:s3cr%2Fet@cache.example:6379/0?sentinel_password=other"
	for _, text := range []string{"dial " + url, "AUTH s3cr/et", "AUTH s3cr%2Fet", "AUTH other"} {
		inBubble(t, func(t *testing.T, r rig) {
			redisURL := url
			r.engine.enable.set(errors.New(text))
			if _, err := r.Enable(t.Context(), engine.Change{RedisURL: &redisURL}); err == nil {
				t.Fatal("enabled")
			}
			if got := r.Status(t.Context()).Message; strings.Contains(got, text) || !strings.Contains(got, "enable failed") {
				t.Errorf("message %q", got)
			}
			r.engine.enable.set(nil)
			status, err := r.Enable(t.Context(), engine.Change{RedisURL: &redisURL})
			if err != nil || status.Settings.RedisURL != "" {
				t.Errorf("status %+v, %v", status, err)
			}
			r.engine.probe.set(errors.New(text))
			if got := r.Status(t.Context()); got.Healthy || got.Message == "" || strings.Contains(got.Message, text) {
				t.Errorf("status %+v", got)
			}
			r.engine.probe.set(kv.Refuse(kv.ErrUnavailable, "pull the image"))
			if got := r.Status(t.Context()).Message; !strings.Contains(got, "pull the image") {
				t.Errorf("message %q", got)
			}
		})
	}
}

func TestStatusDoesNotWaitForAServerThatHangs(t *testing.T) {
	inBubble(t, func(t *testing.T, r rig) {
		enabled(t, r)
		defer r.engine.probe.block()()
		start := time.Now()
		if status := r.Status(t.Context()); status.Healthy || time.Since(start) > 2*time.Second {
			t.Errorf("after %v: %+v", time.Since(start), status)
		}
	})
}
