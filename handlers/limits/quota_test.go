// SPDX-License-Identifier: Apache-2.0

package limits_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

// full is a store without the keys that are asked for, in a project that holds one key.
type full struct {
	kv.Store
	usage func(context.Context, kv.ProjectID) (kv.Usage, error)
}

func (s full) Capabilities() kv.Capabilities { return kv.Capabilities{Usage: s.usage} }

func (full) Exists(context.Context, kv.ProjectID, []kv.Key) (int64, error) { return 0, nil }

// TestRefusalsCount checks that the keys of a project at its quota are counted only in a store that does not know them.
func TestRefusalsCount(t *testing.T) {
	t.Parallel()
	holds := kv.Usage{Keys: 1}
	for name, tt := range map[string]struct {
		store full
		want  int64
	}{
		"known":   {full{usage: func(context.Context, kv.ProjectID) (kv.Usage, error) { return holds, nil }}, 0},
		"counted": {full{}, 2}, // before the first refusal, and after it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var counts atomic.Int64
				l := limits.New(limits.Config{Keys: 1, Count: func(context.Context, kv.ProjectID, bool) (kv.Usage, error) {
					counts.Add(1)
					return holds, nil
				}})
				go l.Run(t.Context())
				p := l.Project(t.Context(), 1)
				check := func() error {
					err := l.CheckQuota(t.Context(), p, tt.store, func() limits.Growth { return limits.Growth{Keys: []kv.Key{"k"}} })
					synctest.Wait()
					return err
				}
				_ = check() // nothing is known yet where keys are counted
				<-time.After(2 * time.Second)
				if err := check(); !errors.Is(err, kv.ErrQuotaExceeded) {
					t.Errorf("CheckQuota: %v, want %v", err, kv.ErrQuotaExceeded)
				}
				if got := counts.Load(); got != tt.want {
					t.Errorf("counted %d times, want %d", got, tt.want)
				}
			})
		})
	}
}
