// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// update changes the image of a service that is on.
func update(s *e2e.Server, image string) e2e.Reply {
	s.T.Helper()
	return s.Admin().Do(s.T, http.MethodPatch, "/api/kv/update", e2e.Object{"docker_image": image})
}

// manyKeys is how many keys an update has to move.
const manyKeys = 100_000

// TestPodmanUpgradeUnderLoad goes from Redis 7.0 to 8.0 with many keys while clients write.
func TestPodmanUpgradeUnderLoad(t *testing.T) {
	p := e2e.StartPodman(t)
	s, token := e2e.ServePodman(t, p, p.DebianImage(podmantest.Redis70))
	to := p.DebianImage(podmantest.Redis80)
	c := s.As(token)
	want := e2e.FillKeys(t, c, manyKeys)
	f := workload.New(workload.Clients, token)
	stop := f.Start(t, s.URL)
	f.Await(t, workload.Writes)
	gap := f.LongestGap(t.Context())
	if r := update(s, to); r.Status != http.StatusOK {
		t.Errorf("update: %s", r)
	}
	f.Await(t, workload.Writes)
	t.Logf("no write was acknowledged for %v", gap().Round(time.Millisecond))
	stop()
	if a := f.ExpectConsistent(t, s.URL); a.Refused == 0 {
		t.Errorf("the update was not felt: %v", a)
	}
	if got := e2e.DigestKeys(t, c, manyKeys); got != want {
		t.Error("the keys have changed")
	}
	if st := s.Status(); !st.Healthy || !strings.HasPrefix(st.Version, "8.") {
		t.Errorf("the status is %+v", st)
	}
	e2e.Eventually(t, "the replaced volume to be removed", func() string {
		if list := p.Podman("volume", "ls", "-q"); len(strings.Fields(list)) != 1 {
			return list
		}
		return ""
	})
}

// TestPodmanUpgradeFailsUnderLoad updates to a server that dies as soon as it is there.
func TestPodmanUpgradeFailsUnderLoad(t *testing.T) {
	p := e2e.StartPodman(t)
	from, to := p.DebianImage(podmantest.Redis70), p.DebianImage(podmantest.Redis80)
	uri := p.Proxy(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "-2/start") {
				next.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(httptest.NewRecorder(), r)
			p.Podman("kill", path.Base(path.Dir(r.URL.Path)))
			w.WriteHeader(http.StatusNoContent)
		})
	})
	s := e2e.Serve(t, t.TempDir(), "--podman-socket", uri)
	s.Enable(e2e.Object{"docker_image": from})
	_, token := s.CreateProject("p")
	c := s.As(token)
	want := e2e.FillKeys(t, c, manyKeys)
	f := workload.New(workload.Clients, token)
	stop := f.Start(t, s.URL)
	f.Await(t, workload.Writes)
	gap := f.LongestGap(t.Context())
	if r := update(s, to); r.Status != http.StatusServiceUnavailable || !strings.Contains(r.Problem().Detail, "exit code 137") {
		t.Errorf("update: %s", r)
	}
	f.Await(t, workload.Writes)
	t.Logf("no write was acknowledged for %v", gap().Round(time.Millisecond))
	stop()
	f.ExpectConsistent(t, s.URL)
	if got := e2e.DigestKeys(t, c, manyKeys); got != want {
		t.Error("the keys have changed")
	}
	st := s.Status()
	if !st.Healthy || !strings.HasPrefix(st.Version, "7.0") || !strings.Contains(st.Message, "update failed") {
		t.Errorf("the status is %+v", st)
	}
	e2e.ExpectOneContainer(t, p)
}
