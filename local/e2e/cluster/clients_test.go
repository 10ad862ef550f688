// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package cluster_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// TestGoClientAtCluster makes calls whose keys lie in several hash slots, which a Cluster refuses under one Idempotency-Key.
func TestGoClientAtCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false)
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "external", "redis_url": cluster.URL})
	_, token := s.CreateProject("p")
	client, err := kv.New(kv.Config{URL: s.URL, Token: token})
	if err != nil {
		t.Fatal(err)
	}

	var entries []kv.Entry
	var keys []string
	var want []int
	for i := range 20 {
		keys, want = append(keys, fmt.Sprint("key ", i)), append(want, i)
		entries = append(entries, kv.Entry{Key: keys[i], Value: i})
	}
	if err := client.MSet(t.Context(), entries...); err != nil {
		t.Errorf("mset: %v", err)
	}
	var got []int
	if err := client.MGet(t.Context(), keys, &got); err != nil {
		t.Errorf("mget: %v", err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("values (-got +want):\n%s", diff)
	}
	if n, err := client.Del(t.Context(), keys...); n != int64(len(keys)) || err != nil {
		t.Errorf("del: %d, %v", n, err)
	}
}
