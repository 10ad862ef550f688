// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// TestContexts ends calls early.
func TestContexts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		steps   []step
		cancel  bool
		ctxErr  error
		code    kv.Code
		unknown bool
		says    string
	}{
		{"before", nil, true, context.Canceled, kv.ErrCanceled, false, "the context was canceled"},
		{"no answer", []step{hangs}, false, context.DeadlineExceeded, kv.ErrDeadline, true, "no answer in time"},
		{"after a refusal", []step{answers(503, unavailable), hangs}, false, context.DeadlineExceeded, kv.ErrDeadline, true, "before that, Try again."},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.cancel {
				cancel()
			}
			s := &script{steps: tt.steps}
			_, err := s.client(t, kv.CallOptions{}).Set(ctx, "k", 1, nil)
			failed, ok := errors.AsType[*kv.Error](err)
			if !ok || !errors.Is(err, tt.ctxErr) || !errors.Is(err, tt.code) || failed.OutcomeUnknown != tt.unknown ||
				!strings.Contains(err.Error(), tt.says) || len(s.keys) != len(tt.steps) {
				t.Errorf("%s: %v after %d requests", tt.name, err, len(s.keys))
			}
		})
	}
}

// TestCancelWhileWaiting ends a pause.
func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &script{steps: []step{answers(503, unavailable, "Retry-After", "20")}}
		began := time.Now()
		time.AfterFunc(time.Second, cancel)
		_, err := s.client(t, kv.CallOptions{}).Set(ctx, "k", 1, nil)
		if took := time.Since(began); !errors.Is(err, context.Canceled) || took != time.Second || len(s.keys) != 1 {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// TestRealConnections has a server that does not answer, and none.
func TestRealConnections(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1<<10))
			_ = conn.Close()
		}
	}()
	_, err = setAt(t, listener.Addr().String())
	if failed, ok := errors.AsType[*kv.Error](err); !ok || !failed.OutcomeUnknown || failed.Code != kv.ErrNetwork {
		t.Errorf("closed after the request: %v", err)
	}

	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	conn, err := net.Dial("tcp", other.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() // until then, nothing can listen on its port
	_, err = setAt(t, conn.LocalAddr().String())
	if failed, ok := errors.AsType[*kv.Error](err); !ok || failed.OutcomeUnknown || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("no server: %v", err)
	}
}

// setAt stores a value on the server at an address.
func setAt(t *testing.T, address string) (bool, error) {
	t.Helper()
	store, err := kv.New(kv.Config{URL: "http://" + address, Token: "dt_x", CallOptions: kv.CallOptions{MaxRetries: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return store.Set(t.Context(), "k", 1, nil)
}
