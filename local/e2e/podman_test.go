// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// startPodman starts podman, and sees to it that no container outlives the test.
func startPodman(t *testing.T) *podmantest.Service {
	t.Helper()
	p := podmantest.Start(t)
	t.Cleanup(func() { p.Podman("rm", "-af", "-t", "0") })
	return p
}

// overPodman returns a server whose store is in a container of that image, and a token of one project.
func overPodman(t *testing.T, p *podmantest.Service, image string) (s *server, token string) {
	t.Helper()
	s = serve(t, t.TempDir(), "--podman-socket", p.Socket)
	s.enable(object{"docker_image": image})
	_, token = s.project("p")
	return s, token
}

// update changes the image of a service that is on.
func (s *server) update(image string) reply {
	s.t.Helper()
	return s.admin().do(s.t, http.MethodPatch, "/api/kv/update", object{"docker_image": image})
}

// manyKeys is how many keys an update has to bring over.
const manyKeys = 100_000

// fillMany stores that many keys, a multiple of 1000, and returns the digest of them all.
func fillMany(t *testing.T, c caller, n int) string {
	t.Helper()
	for from := 0; from < n; from += 1000 {
		var entries []object
		for i := from; i < from+1000; i++ {
			entries = append(entries, object{"key": fmt.Sprint("many:", i), "value": object{"n": i}})
		}
		c.must(t, http.MethodPost, "/api/kv/mset", object{"entries": entries}, nil)
	}
	return digestMany(t, c, n)
}

// digestMany sums up what the keys of fillMany hold.
func digestMany(t *testing.T, c caller, n int) string {
	t.Helper()
	sum := sha256.New()
	for from := 0; from < n; from += 1000 {
		var keys []string
		for i := from; i < from+1000; i++ {
			keys = append(keys, fmt.Sprint("many:", i))
		}
		var answer struct{ Values []json.RawMessage }
		c.must(t, http.MethodPost, "/api/kv/mget", object{"keys": keys}, &answer)
		for i, v := range answer.Values {
			fmt.Fprintf(sum, "%s=%s\n", keys[i], v)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// longestGap measures for how long no write of the fleet is acknowledged, until it is asked for the longest time.
func (f *fleet) longestGap(ctx context.Context) (longest func() time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan time.Duration, 1)
	go func() {
		var gap time.Duration
		last, since := f.acked.Load(), time.Now()
		for tick := time.NewTicker(time.Millisecond); ctx.Err() == nil; <-tick.C {
			if n := f.acked.Load(); n != last {
				last, since = n, time.Now()
			}
			gap = max(gap, time.Since(since))
		}
		result <- gap
	}()
	return func() time.Duration { cancel(); return <-result }
}

// TestPodmanUpgradeUnderLoad goes from Redis 7.0 to 8.0 with many keys while clients write.
func TestPodmanUpgradeUnderLoad(t *testing.T) {
	p := startPodman(t)
	s, token := overPodman(t, p, p.DebianImage(podmantest.Redis70))
	to := p.DebianImage(podmantest.Redis80)
	c := s.as(token)
	want := fillMany(t, c, manyKeys)
	f := newFleet(fleetSize, token)
	stop := f.start(t, s.url)
	f.await(t, enough)
	gap := f.longestGap(t.Context())
	if r := s.update(to); r.status != http.StatusOK {
		t.Errorf("update: %s", r)
	}
	f.await(t, enough)
	t.Logf("no write was acknowledged for %v", gap().Round(time.Millisecond))
	stop()
	if a := f.balanced(t, s.url); a.refused == 0 {
		t.Errorf("the update was not felt: %v", a)
	}
	if got := digestMany(t, c, manyKeys); got != want {
		t.Error("the keys are not what they were")
	}
	if st := s.status(); !st.Healthy || !strings.HasPrefix(st.Version, "8.") {
		t.Errorf("the status is %+v", st)
	}
	eventually(t, "what was replaced to be removed", func() string {
		if list := p.Podman("volume", "ls", "-q"); len(strings.Fields(list)) != 1 {
			return list
		}
		return ""
	})
}

// TestPodmanUpgradeFailsUnderLoad updates to a server that dies as soon as it is there.
func TestPodmanUpgradeFailsUnderLoad(t *testing.T) {
	p := startPodman(t)
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
	s := serve(t, t.TempDir(), "--podman-socket", uri)
	s.enable(object{"docker_image": from})
	_, token := s.project("p")
	c := s.as(token)
	want := fillMany(t, c, manyKeys)
	f := newFleet(fleetSize, token)
	stop := f.start(t, s.url)
	f.await(t, enough)
	gap := f.longestGap(t.Context())
	if r := s.update(to); r.status != http.StatusServiceUnavailable || !strings.Contains(r.problem().Detail, "exit code 137") {
		t.Errorf("update: %s", r)
	}
	f.await(t, enough)
	t.Logf("no write was acknowledged for %v", gap().Round(time.Millisecond))
	stop()
	f.balanced(t, s.url)
	if got := digestMany(t, c, manyKeys); got != want {
		t.Error("the keys are not what they were")
	}
	st := s.status()
	if !st.Healthy || !strings.HasPrefix(st.Version, "7.0") || !strings.Contains(st.Message, "update failed") {
		t.Errorf("the status is %+v", st)
	}
	oneOfEach(t, p)
}

// atStep does something once the server begins a step of its next job whose name matches, and tells whether it was done:
// a step that is over at once may pass unseen, as events tell what is and not all that was.
func (s *server) atStep(step string, do func()) (done <-chan bool) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/kv/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	begins := regexp.MustCompile(`"step":"(?:` + step + `)".*"done":false`)
	ended, seen := make(chan struct{}), make(chan bool, 1)
	go func() {
		defer close(ended)
		defer res.Body.Close()
		begun := false
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case begins.MatchString(line):
				do()
				seen <- true
				return
			case strings.Contains(line, `"done":false`):
				begun = true
			case begun && strings.Contains(line, `"done":true`):
				seen <- false
				return
			}
		}
	}()
	s.t.Cleanup(func() { cancel(); <-ended })
	return seen
}
