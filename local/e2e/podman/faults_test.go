// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/workload"
)

// TestPodmanUpdateIsKilled kills podman's service, or the server itself, at steps of an update under load. Once they are
// back, so is the store, before the update or after it.
func TestPodmanUpdateIsKilled(t *testing.T) {
	p := e2e.StartPodman(t)
	image := p.HostImage()
	p.Podman("tag", image, image+"-too") // another image to an update, and the same to Redis
	s, token := e2e.ServePodman(t, p, image)
	f := workload.New(workload.Clients, token)
	for _, step := range []string{"stop what serves", "copy the data", "wait for the server", "count the keys", "switch"} {
		for _, victim := range []string{"podman", "tempskv"} {
			t.Logf("%s is killed at: %s", victim, step)
			stop := f.Start(t, s.URL)
			f.Await(t, workload.Writes)
			kill := s.Kill
			if victim == "podman" {
				kill = p.Kill
			}
			for killed := false; !killed; {
				to := image
				if s.Status().DockerImage == image {
					to += "-too"
				}
				at := s.AtStep(step, kill)
				_, _ = s.Admin().Send(t.Context(), http.MethodPatch, "/api/kv/update", e2e.Object{"docker_image": to})
				killed = e2e.Await(t, at, step)
			}
			if victim == "podman" {
				p.Restart()
			} else {
				stop()
				s = s.Restart("--podman-socket", p.Socket)
				stop = f.Start(t, s.URL)
			}
			s.AwaitHealthy()
			f.Await(t, workload.Writes)
			stop()
			f.ExpectConsistent(t, s.URL)
		}
	}
}

// TestPodmanTwoEnables sends a second and a third enable while the first is under way.
func TestPodmanTwoEnables(t *testing.T) {
	p := e2e.StartPodman(t)
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
	s := e2e.Serve(t, t.TempDir(), "--podman-socket", uri)
	replies := make(chan e2e.Reply, 2)
	enable := func() {
		r, err := s.Admin().Send(t.Context(), http.MethodPost, "/api/kv/enable", e2e.Object{"docker_image": image})
		if err != nil {
			r.Body = []byte(err.Error())
		}
		replies <- r
	}
	go enable()
	e2e.Await(t, arrived, "the first enable")
	go enable()
	r := s.Admin().Do(t, http.MethodPost, "/api/kv/enable", e2e.Object{"docker_image": image, "max_memory": "64mb"})
	if r.Status != http.StatusConflict || r.Problem().Code != "busy" {
		t.Errorf("an enable with other settings: %s, want 409 busy", r)
	}
	close(held)
	for range 2 {
		if r := <-replies; r.Status != http.StatusOK {
			t.Errorf("one of two enables that are the same: %s", r)
		}
	}
	s.AwaitHealthy()
	e2e.ExpectOneContainer(t, p)
}

// TestPodmanAfterReboot starts the machine again: podman and the server come up in either order, and by themselves.
func TestPodmanAfterReboot(t *testing.T) {
	p := e2e.StartPodman(t)
	s, token := e2e.ServePodman(t, p, p.HostImage())
	s.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	for n, podmanFirst := range []bool{true, false} {
		s.Kill()
		p.Reboot()
		if !podmanFirst {
			p.Kill()
		}
		s = s.Restart("--podman-socket", p.Socket)
		if !podmanFirst {
			e2e.Eventually(t, "the status to say what is missing", func() string {
				if st := s.Status(); !strings.Contains(st.Message, "podman.socket") {
					return st.Message
				}
				return ""
			})
			r := s.As(token).ExpectProblem(t, "get", e2e.Object{"key": "a"}, http.StatusServiceUnavailable, "kv_unavailable")
			if r.Header.Get("Retry-After") == "" {
				t.Errorf("no Retry-After in %v", r.Header)
			}
			p.Restart()
		}
		s.AwaitHealthy()
		s.As(token).Expect(t, "incr", e2e.Object{"key": "a"}, fmt.Sprintf(`{"value":%d}`, n+2))
		e2e.ExpectOneContainer(t, p)
	}
}

// TestPodmanTrouble shows an operator what is wrong: in the answer, in the status and in the log.
func TestPodmanTrouble(t *testing.T) {
	p := e2e.StartPodman(t)
	s := e2e.Serve(t, t.TempDir(), "--podman-socket", "/nonexistent/podman.sock")
	if r := s.CLI("enable", "--engine", "podman"); r.Code == 0 || !strings.Contains(r.Stderr, "enable --now podman.socket") {
		t.Errorf("enable without podman: %+v", r)
	}
	s.Terminate()
	s = s.Restart("--podman-socket", p.Socket)
	for image, says := range map[string]string{
		"not an image":       "docker_image must be the name of an image",
		"127.0.0.1:1/none:1": "could not be pulled: check that podman's machine reaches its registry",
		p.BadImage():         "holds neither Redis nor Valkey: redis-cli",
	} {
		r := s.CLI("enable", "--image", image)
		if r.Code == 0 || !strings.Contains(r.Stderr, says) {
			t.Errorf("enable of %s: %+v, want %q", image, r, says)
		}
	}
	r := s.Admin().Do(t, http.MethodPost, "/api/kv/enable", e2e.Object{"docker_image": p.BadImage()})
	if st := s.Status(); r.Problem().Code != "invalid" || !strings.Contains(st.Message, "enable failed") || !strings.Contains(st.Message, "redis-cli") {
		t.Errorf("after an enable with a bad image, %s, the status says %q", r, st.Message)
	}
	s.Enable(e2e.Object{"docker_image": p.HostImage()})
	s.Terminate()
	if log := s.Log.String(); !strings.Contains(log, "the image does not tell a version") {
		t.Errorf("the log says %s", e2e.Tail(log))
	}
}
