// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
)

// once makes a data operation with an idempotency key, and reports whether the answer is that of an earlier one.
func once(c e2e.Caller, t *testing.T, key, op string, body e2e.Object) (answer string, replayed bool) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/api/kv/"+op, strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := e2e.CheckedClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s with an idempotency key: %s %s, %v", op, res.Status, got, err)
	}
	return strings.TrimSpace(string(got)), res.Header.Get("Idempotent-Replayed") == "true"
}

// TestPodmanKeepsTransactions ends the server in the container in every way that a user does: what was written in
// transactions is there after it, and no idempotency key applies twice.
func TestPodmanKeepsTransactions(t *testing.T) {
	p := e2e.StartPodman(t)
	from, to := p.DebianImage(podmantest.Redis70), p.DebianImage(podmantest.Redis80)
	s, token := e2e.ServePodman(t, p, from)
	restart := func(end func()) {
		end()
		s = s.Restart("--podman-socket", p.Socket)
	}
	for _, tt := range []struct {
		name string
		end  func()
	}{
		{"disable and enable", func() {
			s.Admin().Must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
			s.Enable(e2e.Object{})
		}},
		{"container killed", func() { p.Podman("kill", p.Podman("ps", "-q")) }},
		{"restart", func() { restart(s.Terminate) }},
		{"crash", func() { restart(s.Kill) }},
		{"update", func() {
			if r := update(s, to); r.Status != http.StatusOK {
				t.Fatalf("update: %s", r)
			}
		}},
		{"machine", func() { restart(func() { s.Kill(); p.Reboot() }) }},
	} {
		name := strings.ReplaceAll(tt.name, " ", "-")
		s.AwaitHealthy()
		c := s.As(token)
		c.Must(t, http.MethodPost, "/api/kv/mset", e2e.Object{"entries": []e2e.Object{
			{"key": name + "a", "value": 1, "ex": 3600}, {"key": name + "b", "value": 2},
		}}, nil)
		once(c, t, name, "incr", e2e.Object{"key": name + "n", "amount": 5})
		tt.end()
		s.AwaitHealthy()
		c = s.As(token)
		c.Expect(t, "mget", e2e.Object{"keys": []string{name + "a", name + "b", name + "n"}}, `{"values":[1,2,5]}`)
		if got, replayed := once(c, t, name, "incr", e2e.Object{"key": name + "n", "amount": 5}); got != `{"value":5}` || !replayed {
			t.Errorf("%s: the same key is answered %s, replayed %t", tt.name, got, replayed)
		}
	}
	e2e.ExpectOneContainer(t, p)
}

// TestPodmanCannotStartContainers has a podman that may not set a limit: enable says why, and doctor finds it.
func TestPodmanCannotStartContainers(t *testing.T) {
	p := e2e.StartPodman(t)
	image := p.HostImage()
	p.Configure("[containers]\ndefault_ulimits = [\"nofile=1073741816:1073741816\"]\n" +
		"[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n")
	s := e2e.Serve(t, filepath.Join(t.TempDir(), "data"), "--podman-socket", p.Socket) // which it makes as it should be
	r := s.Admin().Do(t, http.MethodPost, "/api/kv/enable", e2e.Object{"engine": "podman", "docker_image": image})
	if r.Status != http.StatusServiceUnavailable || r.Problem().Code != "kv_unavailable" || !strings.Contains(r.Problem().Detail, "RLIMIT_NOFILE") {
		t.Errorf("enable: %s", r)
	}
	p.Configure("")
	s.Enable(e2e.Object{"engine": "podman", "docker_image": image})
	doctor := func() e2e.Result {
		return s.CLI("doctor", "--data", s.Dir, "--podman-socket", p.Socket)
	}
	if d := doctor(); d.Code != 0 || !strings.Contains(d.Stdout, "podman starts them") {
		t.Errorf("doctor of a podman that is well: exit code %d: %s%s", d.Code, d.Stdout, d.Stderr)
	}
	p.Configure("[containers]\ndefault_ulimits = [\"nofile=1073741816:1073741816\"]\n" +
		"[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n")
	for range 2 { // while the server runs, and while it does not
		if d := doctor(); d.Code == 0 || !strings.Contains(d.Stdout, "RLIMIT_NOFILE") {
			t.Errorf("doctor: exit code %d: %s%s", d.Code, d.Stdout, d.Stderr)
		}
		s.Kill()
	}
	p.Configure("")
	e2e.ExpectOneContainer(t, p)
}
