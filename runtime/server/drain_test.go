// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/runtime/server"
)

// slow answers after a time, and like the handler set has a readiness that fails once it drains.
type slow struct {
	takes    time.Duration
	draining atomic.Bool
}

func (s *slow) Drain() { s.draining.Store(true) }

func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		if s.draining.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	}
	select {
	case <-time.After(s.takes):
		_, _ = io.WriteString(w, "done")
	case <-r.Context().Done():
	}
}

// get returns the answer, or the error as text.
func get(ctx context.Context, c *http.Client, path string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://server"+path, http.NoBody)
	if err != nil {
		return err.Error()
	}
	res, err := c.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return res.Status + " " + string(body)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &slow{takes: 20 * time.Second}
		cfg := server.Config{DrainDelay: 5 * time.Second, ShutdownTimeout: 30 * time.Second}
		p, stop := start(t, cfg, h)
		inFlight, ended := make(chan string, 1), make(chan error, 1)
		go func() { inFlight <- get(t.Context(), p.client(t), "/work") }()
		synctest.Wait()
		begin := time.Now()
		go func() { ended <- stop() }()
		synctest.Wait()
		if got := get(t.Context(), p.client(t), "/readyz"); got != "503 Service Unavailable " {
			t.Errorf("while it drains, readiness is %q", got)
		}
		time.Sleep(6 * time.Second)
		if got := get(t.Context(), p.client(t), "/work"); !strings.Contains(got, "closed") {
			t.Errorf("after the delay, a new request is answered %q", got)
		}
		if got := <-inFlight; got != "200 OK done" {
			t.Errorf("the request in flight is answered %q", got)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 25*time.Second {
			t.Errorf("draining took %s: it waited for more than the request", took)
		}
	})
}

func TestRequestsThatDoNotEndAreCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, stop := start(t, server.Config{ShutdownTimeout: 30 * time.Second}, &slow{takes: time.Hour})
		inFlight := make(chan string, 1)
		go func() { inFlight <- get(t.Context(), p.client(t), "/work") }()
		synctest.Wait()
		if err := stop(); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("got %v", err)
		}
		if got := <-inFlight; strings.Contains(got, "200") {
			t.Errorf("the request was answered %q", got)
		}
	})
}
