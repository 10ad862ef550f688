// SPDX-License-Identifier: Apache-2.0

package limits_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/limits"
)

// TestRefusals has an address be refused by 100 clients that ask again at once. Its refusals wait; nothing else does.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for status, most := range map[int]time.Duration{
		http.StatusOK:                  0,
		http.StatusConflict:            0,
		http.StatusInternalServerError: 0,
		http.StatusInsufficientStorage: 0,
		http.StatusUnauthorized:        time.Second,
		http.StatusTooManyRequests:     time.Second,
		http.StatusServiceUnavailable:  100 * time.Millisecond,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := limits.NewRefusals()
				took := func(status int, ip string) time.Duration {
					began := time.Now()
					f.Hold(t.Context(), status, ip)
					return time.Since(began)
				}
				var mu sync.Mutex
				var longest time.Duration
				var all sync.WaitGroup
				began := time.Now()
				for range 1000 {
					all.Go(func() {
						for range 5 {
							d := took(status, "192.0.2.1")
							mu.Lock()
							longest = max(longest, d)
							mu.Unlock()
							if d := took(http.StatusOK, "192.0.2.1"); d > 0 {
								t.Errorf("a response that refuses nothing waited %s", d)
							}
						}
					})
				}
				all.Wait()
				if longest != most {
					t.Errorf("the longest waited %s, want %s", longest, most)
				}
				if d := time.Since(began); most > 0 && d < 4*most {
					t.Errorf("5,000 refusals took %s", d)
				}
			})
		})
	}
}

// TestFewRefusals has an address be refused some hundred times a second, and others once. None of them waits.
func TestFewRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := limits.NewRefusals()
		began := time.Now()
		for range 5 {
			for i := range 400 {
				f.Hold(t.Context(), http.StatusUnauthorized, "2001:db8::1")
				f.Hold(t.Context(), http.StatusUnauthorized, fmt.Sprintf("2001:db8:%x:1::1", i))
			}
			time.Sleep(time.Second)
		}
		if d := time.Since(began); d != 5*time.Second {
			t.Errorf("it took %s", d)
		}
	})
}

// TestRefusalsEnd looks at a client that leaves.
func TestRefusalsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := limits.NewRefusals()
		ctx, leave := context.WithCancel(t.Context())
		leave()
		began := time.Now()
		for range 2000 {
			f.Hold(ctx, http.StatusUnauthorized, "192.0.2.1")
		}
		if d := time.Since(began); d > 0 {
			t.Errorf("it took %s", d)
		}
	})
}
