// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman"
)

// broken are settings of podman with which it cannot run containers, and its errors.
var broken = []struct {
	name, conf, says string
	remote           bool // podman may be on another machine, where servers have networks
}{
	{name: "limit on files", conf: "[containers]\ndefault_ulimits = [\"nofile=1073741816:1073741816\"]\n" +
		"[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n", says: "RLIMIT_NOFILE"},
	{name: "no control groups", conf: usual + "cgroup_manager = \"systemd\"\n", says: "sd-bus"},
	{name: "broken runtime", conf: usual + "cgroup_manager = \"cgroupfs\"\nruntime = \"broken\"\n" +
		"[engine.runtimes]\nbroken = [\"/bin/false\"]\n", says: "no logs from conmon"},
	{name: "no network", remote: true, conf: usual + "cgroup_manager = \"cgroupfs\"\nhelper_binaries_dir = [\"/tmp\"]\n[network]\nnetwork_backend = \"cni\"\ncni_plugin_dirs = [\"/tmp\"]\n",
		says: "what podman's networks need"},
}

// usual is the beginning of a containers.conf that works here.
const usual = "[containers]\ndefault_ulimits = [\"nofile=16384:16384\", \"nproc=4096:4096\"]\n[engine]\nevents_logger = \"file\"\n"

// TestPodmanThatCannotStartContainers checks that the error has podman's own reason, both at a first enable and with
// existing data, and that the engine comes up once podman is repaired.
func TestPodmanThatCannotStartContainers(t *testing.T) {
	w := newWorld(t)
	s := settings(w.HostImage())
	remote := w.Remote()
	for _, tt := range broken {
		t.Run(tt.name, func(t *testing.T) {
			if w.uri = w.URI; tt.remote {
				w.uri = remote
			}
			w.Configure(tt.conf)
			w.restart()
			_, err := w.engine.Enable(w.ctx(), s)
			w.expectGist(t, err, tt.says)
			tried, err := podman.Try(w.ctx(), w.uri, t.TempDir(), s.DockerImage)
			w.expectGist(t, err, tt.says)
			if left := w.Podman("ps", "-aq"); !tried || left != "" {
				t.Errorf("tried: %t, and left: %s", tried, left)
			}
			w.Configure("")
			if tried, err := podman.Try(w.ctx(), w.uri, t.TempDir(), s.DockerImage); err != nil || !tried {
				t.Errorf("of a podman that is well: tried %t, %v", tried, err)
			}
			w.restart()
			store := w.enable(s)
			want := w.fill(store, 100)
			w.disable(store)
			w.Podman("rm", "-a") // its limits are those at its creation
			w.Configure(tt.conf)
			w.restart()
			_, err = w.engine.Enable(w.ctx(), provisioned(s))
			w.expectGist(t, err, tt.says)
			w.Configure("")
			if got := w.digest(w.enableAgain(s), 100); got != want {
				t.Error("the keys are not what they were")
			}
			w.expectOne()
			if err := w.engine.Purge(w.ctx()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestTryWithoutAnImage checks that Try reports that it tried nothing.
func TestTryWithoutAnImage(t *testing.T) {
	w := newWorld(t)
	if tried, err := podman.Try(w.ctx(), w.URI, w.dir, "localhost/tempskv-test/absent:1"); err != nil || tried {
		t.Errorf("tried: %t, %v", tried, err)
	}
	_ = w.enable(settings(w.HostImage())).Close() // now there is an image to try
	if tried, err := podman.Try(w.ctx(), w.URI, w.dir, "localhost/tempskv-test/absent:1"); err != nil || !tried {
		t.Errorf("with a container: tried %t, %v", tried, err)
	}
	w.expectOne()
}

// expectGist fails the test if an error is not a temporary refusal with the reason in one line.
func (w *world) expectGist(t *testing.T, err error, says string) {
	t.Helper()
	t.Log(err)
	expectRefusal(t, err, kv.ErrUnavailable, says)
	var refusal *kv.Refusal
	if errors.As(err, &refusal) && (strings.ContainsAny(refusal.Detail, "\n\r") || len(refusal.Detail) > 600) {
		t.Errorf("%q is not one line", refusal.Detail)
	}
}
