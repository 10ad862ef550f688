// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// calls are one of each kind: a read, a write that an Idempotency-Key makes safe to repeat, and one that is safe anyway.
var calls = map[string]func(context.Context, *kv.Client) error{
	"get":    func(ctx context.Context, c *kv.Client) error { _, err := c.Get(ctx, "k", new(any)); return err },
	"incr":   func(ctx context.Context, c *kv.Client) error { _, err := c.Incr(ctx, "k", 1, nil); return err },
	"expire": func(ctx context.Context, c *kv.Client) error { _, err := c.Expire(ctx, "k", time.Second); return err },
}

var done = map[string]string{"get": `{"value":1}`, "incr": `{"value":1}`, "expire": `{"result":1,"success":true}`}

// TestRepetition has a call meet one fault and then an answer.
func TestRepetition(t *testing.T) {
	t.Parallel()
	noKey := kv.CallOptions{NoIdempotencyKey: true}
	always := []string{"get", "incr", "expire"}
	for _, tt := range []struct {
		name    string
		fault   step
		again   []string // the calls that are repeated with the default options
		noKey   []string // and without Idempotency-Keys
		unknown bool     // whether a write that is not repeated says that its outcome is unknown
		code    kv.Code
	}{
		{"503", answers(503, unavailable), always, always, false, kv.ErrUnavailable},
		{"429", answers(429, `{"code":"rate_limited"}`), always, always, false, kv.ErrRateLimited},
		{"429 of a gateway", answers(429, `{"message":"Too Many Requests"}`), always, always, false, kv.ErrUnexpectedResponse},
		{"503 of a gateway", answers(503, `<html>`), always, []string{"get", "expire"}, true, kv.ErrUnexpectedResponse},
		{"502 of a proxy", answers(502, `<html>`), always, []string{"get", "expire"}, true, kv.ErrUnexpectedResponse},
		{"504 of a proxy", answers(504, ``), always, []string{"get", "expire"}, true, kv.ErrUnexpectedResponse},
		{"504, outcome unknown", answers(504, unknown), always, []string{"get", "expire"}, true, kv.ErrTimeout},
		{"504, unchanged", answers(504, unchanged), always, always, false, kv.ErrTimeout},
		{"no server", refused, always, always, false, kv.ErrNetwork},
		{"broken", broken, always, []string{"get", "expire"}, true, kv.ErrNetwork},
		{"cut off", cutOff, always, []string{"get", "expire"}, true, kv.ErrNetwork},

		{"disabled", answers(503, `{"code":"kv_disabled"}`), nil, nil, false, kv.ErrDisabled},
		{"full", answers(503, `{"code":"storage_full"}`), nil, nil, false, kv.ErrStorageFull},
		{"401", answers(401, `{"code":"unauthorized"}`), nil, nil, false, kv.ErrUnauthorized},
		{"409", answers(409, `{"code":"not_an_integer"}`), nil, nil, false, kv.ErrNotAnInteger},
		{"413 of a proxy", answers(413, `<html>`), nil, nil, false, kv.ErrUnexpectedResponse},
		{"500", answers(500, `{"code":"internal"}`), nil, nil, true, kv.ErrInternal},
		{"damaged", answers(500, `{"code":"data_damaged"}`), nil, nil, false, kv.ErrDataDamaged},
		{"507", answers(507, `{"code":"out_of_memory"}`), nil, nil, false, kv.ErrOutOfMemory},
		{"a new code", answers(418, `{"code":"teapot"}`), nil, nil, false, "teapot"},
		{"a redirect", answers(307, ``, "Location", "https://other/"), nil, nil, false, kv.ErrUnexpectedResponse},
		{"a page", answers(200, `<html>`), nil, nil, true, kv.ErrUnexpectedResponse},
		{"nothing", answers(204, ``), nil, nil, true, kv.ErrUnexpectedResponse},
		{"another answer", answers(200, `{"ok":true}`), nil, nil, true, kv.ErrUnexpectedResponse},
		{"no certificate", func(*http.Request) (*http.Response, error) {
			return nil, &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
		}, nil, nil, true, kv.ErrNetwork},
	} {
		for name, call := range calls {
			for kind, repeated := range map[*kv.CallOptions][]string{{}: tt.again, &noKey: tt.noKey} {
				synctest.Test(t, func(t *testing.T) {
					s := &script{steps: []step{tt.fault, answers(200, done[name])}}
					err := call(t.Context(), s.client(t, *kind))
					want := 1
					for _, one := range repeated {
						if one == name {
							want = 2
						}
					}
					if len(s.keys) != want || (err == nil) != (want == 2) {
						t.Errorf("%s, %s: %d requests, %v", tt.name, name, len(s.keys), err)
					}
					checkKeys(t, s.keys, name == "incr" && kind != &noKey)
					if failed, ok := errors.AsType[*kv.Error](err); err != nil && (!ok || failed.Op != name ||
						!errors.Is(err, tt.code) || failed.OutcomeUnknown != (tt.unknown && name != "get") ||
						strings.Contains(err.Error(), "Hunter2")) {
						t.Errorf("%s, %s: got %+v, %v", tt.name, name, failed, err)
					}
				})
			}
		}
	}
}

// checkKeys checks that all requests of a call have the same key, or none.
func checkKeys(t *testing.T, keys []string, want bool) {
	t.Helper()
	for _, key := range keys {
		if key != keys[0] || (key != "") != want {
			t.Errorf("the Idempotency-Keys are %q", keys)
		}
	}
}

// TestBackoffFillsTheTime has a fault last.
func TestBackoffFillsTheTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		o        kv.CallOptions
		deadline time.Duration // of the context, if any
		fault    step
		min, max time.Duration
		requests int // at least
	}{
		{"30 s", kv.CallOptions{}, 0, refused, 29900 * time.Millisecond, 30 * time.Second, 15},
		{"a timeout", kv.CallOptions{Timeout: 5 * time.Minute}, 0, refused, 299 * time.Second, 300 * time.Second, 140},
		{"a deadline", kv.CallOptions{}, time.Hour, answers(503, unavailable), time.Hour - time.Second, time.Hour, 1700},
		{"a deadline before the timeout", kv.CallOptions{Timeout: time.Hour}, 5 * time.Second, refused, 4900 * time.Millisecond, 5 * time.Second, 3},
		{"few retries", kv.CallOptions{MaxRetries: 3}, 0, refused, 0, 2 * time.Second, 4},
		{"no retries", kv.CallOptions{MaxRetries: -1}, 0, answers(503, unavailable), 0, 0, 1},
		{"Retry-After", kv.CallOptions{}, 0, answers(503, unavailable, "Retry-After", "10"), 20 * time.Second, 30 * time.Second, 3},
		{"Retry-After too late", kv.CallOptions{}, 0, answers(429, `{"code":"rate_limited"}`, "Retry-After", "31"), 0, 0, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if tt.deadline != 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.deadline)
				defer cancel()
			}
			s := &script{steps: []step{tt.fault}}
			began := time.Now()
			_, err := s.client(t, tt.o).Incr(ctx, "k", 1, nil)
			took := time.Since(began)
			failed, ok := errors.AsType[*kv.Error](err)
			if !ok || failed.OutcomeUnknown || took < tt.min || took > tt.max || len(s.keys) < tt.requests {
				t.Errorf("%s: %d requests in %v, %v", tt.name, len(s.keys), took, err)
			}
			checkKeys(t, s.keys, tt.o.MaxRetries >= 0)
		})
	}
}

// TestUnknownStaysUnknown has a write that may have been applied meet definite errors when it is repeated.
func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		last    step
		unknown bool
	}{
		{"no server any more", refused, true},
		{"not available", answers(503, unavailable), true},
		{"token revoked", answers(401, `{"code":"unauthorized"}`), true},
		{"no room any more", answers(507, `{"code":"out_of_memory"}`), true},
		{"the first answer", answers(409, `{"code":"not_an_integer"}`), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, err := (&script{steps: []step{broken, tt.last}}).client(t, kv.CallOptions{}).Incr(t.Context(), "k", 1, nil)
			if failed, ok := errors.AsType[*kv.Error](err); !ok || failed.OutcomeUnknown != tt.unknown {
				t.Errorf("%s: %v", tt.name, err)
			}
		})
	}
}

// TestDeletionIsNotRepeated has Expire delete a key, which may be stored again before a repetition.
func TestDeletionIsNotRepeated(t *testing.T) {
	t.Parallel()
	for requests, fault := range map[int]step{1: broken, 2: refused} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{steps: []step{fault, answers(200, done["expire"])}}
			_, err := s.client(t, kv.CallOptions{}).Expire(t.Context(), "k", 0)
			if len(s.keys) != requests || (err == nil) != (requests == 2) {
				t.Errorf("%d requests, %v", len(s.keys), err)
			}
		})
	}
}

// TestManySlots repeats a call without the Idempotency-Key that a Redis Cluster cannot do it with.
func TestManySlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{answers(422, `{"code":"many_slots"}`), answers(200, `{"deleted":2}`)}}
		n, err := s.client(t, kv.CallOptions{MaxRetries: 1}).Del(t.Context(), "a", "b")
		if n != 2 || err != nil || len(s.keys) != 2 || s.keys[0] == "" || s.keys[1] != "" {
			t.Errorf("got %d, %v with the keys %q", n, err, s.keys)
		}
	})
}
