// SPDX-License-Identifier: Apache-2.0

package limits_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/limits"
)

func TestEffective(t *testing.T) {
	t.Parallel()
	l := limits.New(limits.Config{Project: limits.Rate{PerSecond: 5}, Keys: 6, Bytes: 7})
	for own, want := range map[access.ProjectLimits][3]int64{
		{}: {5, 6, 7},
		{RequestsPerSecond: 1, Keys: access.NoLimit}:  {1, 0, 7},
		{RequestsPerSecond: access.NoLimit, Bytes: 9}: {0, 6, 9},
	} {
		perSecond, keys, bytes := l.Effective(own)
		if got := [3]int64{perSecond, keys, bytes}; got != want {
			t.Errorf("%+v: got %v, want %v", own, got, want)
		}
	}
}

// uncounted is a store that does not know what projects hold.
type uncounted struct{ kv.Store }

func (uncounted) Capabilities() kv.Capabilities { return kv.Capabilities{} }

func TestBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limits.New(limits.Config{Bytes: 1000, Count: func(context.Context, kv.ProjectID, bool) (kv.Usage, error) {
			return kv.Usage{Keys: 1, Bytes: 100}, nil
		}})
		go l.Run(t.Context())
		if _, ok := l.Bytes(1); ok {
			t.Error("the bytes of a project that was never used are known")
		}
		p := l.Project(t.Context(), 1)
		grow := func() limits.Growth { return limits.Growth{Keys: []kv.Key{"k"}, Bytes: 10} }
		if err := l.CheckQuota(t.Context(), p, uncounted{}, grow); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got, ok := l.Bytes(1); got != 100 || !ok {
			t.Errorf("got %d, %v", got, ok)
		}
	})
}
