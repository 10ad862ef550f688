// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// once makes a data operation with an idempotency key, and reports whether the answer is that of an earlier one.
func (c caller) once(t *testing.T, key, op string, body object) (answer string, replayed bool) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/api/kv/"+op, strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := client.Do(req)
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
	p := startPodman(t)
	from, to := p.DebianImage(podmantest.Redis70), p.DebianImage(podmantest.Redis80)
	s, token := overPodman(t, p, from)
	restart := func(end func()) {
		end()
		s = s.again("--podman-socket", p.Socket)
	}
	for _, tt := range []struct {
		name string
		end  func()
	}{
		{"disable and enable", func() {
			s.admin().must(t, http.MethodDelete, "/api/kv/disable", nil, nil)
			s.enable(object{})
		}},
		{"container killed", func() { p.Podman("kill", p.Podman("ps", "-q")) }},
		{"restart", func() { restart(s.terminate) }},
		{"crash", func() { restart(s.kill) }},
		{"update", func() {
			if r := s.update(to); r.status != http.StatusOK {
				t.Fatalf("update: %s", r)
			}
		}},
		{"machine", func() { restart(func() { s.kill(); p.Reboot() }) }},
	} {
		name := strings.ReplaceAll(tt.name, " ", "-")
		s.awaitHealthy()
		c := s.as(token)
		c.must(t, http.MethodPost, "/api/kv/mset", object{"entries": []object{
			{"key": name + "a", "value": 1, "ex": 3600}, {"key": name + "b", "value": 2},
		}}, nil)
		c.once(t, name, "incr", object{"key": name + "n", "amount": 5})
		tt.end()
		s.awaitHealthy()
		c = s.as(token)
		c.wants(t, "mget", object{"keys": []string{name + "a", name + "b", name + "n"}}, `{"values":[1,2,5]}`)
		if got, replayed := c.once(t, name, "incr", object{"key": name + "n", "amount": 5}); got != `{"value":5}` || !replayed {
			t.Errorf("%s: the same key is answered %s, replayed %t", tt.name, got, replayed)
		}
	}
	oneOfEach(t, p)
}

// TestPodmanCannotStartContainers has a podman that may not set a limit: enable says why, and doctor finds it.
func TestPodmanCannotStartContainers(t *testing.T) {
	p := startPodman(t)
	image := p.HostImage()
	p.Configure("[containers]\ndefault_ulimits = [\"nofile=1073741816:1073741816\"]\n" +
		"[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n")
	s := serve(t, filepath.Join(t.TempDir(), "data"), "--podman-socket", p.Socket) // which it makes as it should be
	r := s.admin().do(t, http.MethodPost, "/api/kv/enable", object{"engine": "podman", "docker_image": image})
	if r.status != http.StatusServiceUnavailable || r.problem().Code != "kv_unavailable" || !strings.Contains(r.problem().Detail, "RLIMIT_NOFILE") {
		t.Errorf("enable: %s", r)
	}
	p.Configure("")
	s.enable(object{"engine": "podman", "docker_image": image})
	doctor := func() result {
		return s.cli("doctor", "--data", s.dir, "--podman-socket", p.Socket)
	}
	if d := doctor(); d.code != 0 || !strings.Contains(d.stdout, "podman starts them") {
		t.Errorf("doctor of a podman that is well: exit code %d: %s%s", d.code, d.stdout, d.stderr)
	}
	p.Configure("[containers]\ndefault_ulimits = [\"nofile=1073741816:1073741816\"]\n" +
		"[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n")
	for range 2 { // while the server runs, and while it does not
		if d := doctor(); d.code == 0 || !strings.Contains(d.stdout, "RLIMIT_NOFILE") {
			t.Errorf("doctor: exit code %d: %s%s", d.code, d.stdout, d.stderr)
		}
		s.kill()
	}
	p.Configure("")
	oneOfEach(t, p)
}
