// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// First requests that meet each other, in any order, and the document being asked for meanwhile, change neither an answer
// nor the document.
func TestFirstRequests(t *testing.T) {
	t.Parallel()
	settled := &world{t: t, api: newDisabledAPI(t)}
	want, err := settled.api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	routes := settled.routes()
	for range 2 {
		api := newDisabledAPI(t)
		rand.Shuffle(len(routes), func(i, j int) { routes[i], routes[j] = routes[j], routes[i] })
		var wg sync.WaitGroup
		for i, r := range append(routes, routes...) {
			wg.Go(func() {
				got, want := call(api, r.method, r.path, "", "{}"), call(settled.api, r.method, r.path, "", "{}")
				if got.Code != want.Code || got.Header().Get("Content-Type") != want.Header().Get("Content-Type") {
					t.Errorf("%s %s: answered %d, want %d", r.method, r.path, got.Code, want.Code)
				}
			})
			if i == len(routes)/2 {
				wg.Go(func() {
					if got, err := api.OpenAPI(); err != nil || string(got) != string(want) {
						t.Errorf("the document differs: %v\n%s", err, cmp.Diff(string(want), string(got)))
					}
				})
			}
		}
		wg.Wait()
	}
}
