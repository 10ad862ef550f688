// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// TestPodmanUpdateIsKilled kills podman's service, or the server itself, at steps of an update under load. Once they are
// back, so is the store, before the update or after it.
func TestPodmanUpdateIsKilled(t *testing.T) {
	p := startPodman(t)
	image := p.HostImage()
	p.Podman("tag", image, image+"-too") // another image to an update, and the same to Redis
	s, token := overPodman(t, p, image)
	f := newFleet(fleetSize, token)
	for _, step := range []string{"stop what serves", "copy the data", "wait for the server", "count the keys", "switch"} {
		for _, victim := range []string{"podman", "tempskv"} {
			t.Logf("%s is killed at: %s", victim, step)
			stop := f.start(t, s.url)
			f.await(t, enough)
			kill := s.kill
			if victim == "podman" {
				kill = p.Kill
			}
			for killed := false; !killed; {
				to := image
				if s.status().DockerImage == image {
					to += "-too"
				}
				at := s.atStep(step, kill)
				_, _ = s.admin().send(t.Context(), http.MethodPatch, "/api/kv/update", object{"docker_image": to})
				killed = await(t, at, step)
			}
			if victim == "podman" {
				p.Restart()
			} else {
				stop()
				s = s.again("--podman-socket", p.Socket)
				stop = f.start(t, s.url)
			}
			s.awaitHealthy()
			f.await(t, enough)
			stop()
			f.balanced(t, s.url)
		}
	}
}

// await returns what comes, or the zero value where the channel is closed.
func await[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("waited %v for: %s", patience, what)
	}
	return v
}

// TestPodmanTwoEnables sends a second and a third enable while the first is under way.
func TestPodmanTwoEnables(t *testing.T) {
	p := startPodman(t)
	image := p.HostImage()
	var first sync.Once
	arrived, held := make(chan struct{}), make(chan struct{})
	uri := p.Proxy(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/containers/create") {
				first.Do(func() { close(arrived); <-held })
			}
			next.ServeHTTP(w, r)
		})
	})
	s := serve(t, t.TempDir(), "--podman-socket", uri)
	replies := make(chan reply, 2)
	enable := func() {
		r, err := s.admin().send(t.Context(), http.MethodPost, "/api/kv/enable", object{"docker_image": image})
		if err != nil {
			r.body = []byte(err.Error())
		}
		replies <- r
	}
	go enable()
	await(t, arrived, "the first enable")
	go enable()
	r := s.admin().do(t, http.MethodPost, "/api/kv/enable", object{"docker_image": image, "max_memory": "64mb"})
	if r.status != http.StatusConflict || r.problem().Code != "busy" {
		t.Errorf("an enable with other settings: %s, want 409 busy", r)
	}
	close(held)
	for range 2 {
		if r := <-replies; r.status != http.StatusOK {
			t.Errorf("one of two enables that are the same: %s", r)
		}
	}
	s.awaitHealthy()
	oneOfEach(t, p)
}

// oneOfEach fails the test if there is not just one container, one volume and one secret.
func oneOfEach(t *testing.T, p *podmantest.Service) {
	t.Helper()
	for _, list := range []string{p.Podman("ps", "-aq"), p.Podman("volume", "ls", "-q"), p.Podman("secret", "ls", "-q")} {
		if len(strings.Fields(list)) != 1 {
			t.Errorf("want just one, there is: %q", list)
		}
	}
}

// TestPodmanAfterReboot starts the machine again: podman and the server come up in either order, and by themselves.
func TestPodmanAfterReboot(t *testing.T) {
	p := startPodman(t)
	s, token := overPodman(t, p, p.HostImage())
	s.as(token).wants(t, "set", object{"key": "a", "value": 1}, `{"result":"OK"}`)
	for n, podmanFirst := range []bool{true, false} {
		s.kill()
		p.Reboot()
		if !podmanFirst {
			p.Kill()
		}
		s = s.again("--podman-socket", p.Socket)
		if !podmanFirst {
			eventually(t, "the status to tell what is missing", func() string {
				if st := s.status(); !strings.Contains(st.Message, "podman.socket") {
					return st.Message
				}
				return ""
			})
			r := s.as(token).refused(t, "get", object{"key": "a"}, http.StatusServiceUnavailable, "kv_unavailable")
			if r.header.Get("Retry-After") == "" {
				t.Errorf("no Retry-After in %v", r.header)
			}
			p.Restart()
		}
		s.awaitHealthy()
		s.as(token).wants(t, "incr", object{"key": "a"}, fmt.Sprintf(`{"value":%d}`, n+2))
		oneOfEach(t, p)
	}
}

// TestPodmanTrouble shows an operator what is wrong: in the answer, in the status and in the log.
func TestPodmanTrouble(t *testing.T) {
	p := startPodman(t)
	s := serve(t, t.TempDir(), "--podman-socket", "/nonexistent/podman.sock")
	if r := s.cli("enable", "--engine", "podman"); r.code == 0 || !strings.Contains(r.stderr, "enable --now podman.socket") {
		t.Errorf("enable without podman: %+v", r)
	}
	s.terminate()
	s = s.again("--podman-socket", p.Socket)
	for image, says := range map[string]string{
		"not an image":       "docker_image must be the name of an image",
		"127.0.0.1:1/none:1": "could not be pulled: check that podman's machine reaches its registry",
		p.BadImage():         "holds neither Redis nor Valkey: redis-cli",
	} {
		r := s.cli("enable", "--image", image)
		if r.code == 0 || !strings.Contains(r.stderr, says) {
			t.Errorf("enable of %s: %+v, want %q", image, r, says)
		}
	}
	r := s.admin().do(t, http.MethodPost, "/api/kv/enable", object{"docker_image": p.BadImage()})
	if st := s.status(); r.problem().Code != "invalid" || !strings.Contains(st.Message, "enable failed") || !strings.Contains(st.Message, "redis-cli") {
		t.Errorf("after an enable with a bad image, %s, the status says %q", r, st.Message)
	}
	s.enable(object{"docker_image": p.HostImage()})
	s.terminate()
	if log := s.log.String(); !strings.Contains(log, "the image does not tell a version") {
		t.Errorf("the log says %s", tail(log))
	}
}
