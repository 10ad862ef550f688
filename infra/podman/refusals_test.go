// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// expectRefusal fails the test if an error is not a refusal of that kind whose detail has all the texts.
func expectRefusal(t *testing.T, err, kind error, says ...string) {
	t.Helper()
	var refusal *kv.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, kind) {
		t.Errorf("got %v, want a refusal that is %v", err, kind)
		return
	}
	for _, text := range says {
		if !strings.Contains(refusal.Detail, text) {
			t.Errorf("%q does not say %q", refusal.Detail, text)
		}
	}
}

// TestSockets checks that the error says how to start podman if nothing listens, or a socket does not answer as it
// should.
func TestSockets(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	s := settings(w.HostImage())
	enable := func(socket string, patience time.Duration) error {
		w.uri = "unix://" + filepath.Join(dir, socket)
		w.restart()
		ctx, cancel := context.WithTimeout(w.ctx(), patience)
		defer cancel()
		_, err := w.engine.Enable(ctx, s)
		return err
	}
	const start = "systemctl enable --now podman.socket"
	expectRefusal(t, enable("absent", time.Minute), kv.ErrUnavailable, "there is no socket", "absent", start, "podman-socket")

	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "left")})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_ = left.Close()
	expectRefusal(t, enable("left", time.Minute), kv.ErrUnavailable, "nothing listens", start)

	silent, err := net.Listen("unix", filepath.Join(dir, "silent"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	expectRefusal(t, enable("silent", time.Second), kv.ErrTimeout, "did not answer in time")
}

// nobody is a user without access to root's sockets.
const nobody = 65534

// TestSocketNotPermitted runs as another user.
func TestSocketNotPermitted(t *testing.T) {
	w := newWorld(t)
	dir, err := os.MkdirTemp("", "tempskv-nobody")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(victim{Socket: w.URI, Dir: dir, From: settings(w.HostImage())})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimEnv+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	const want = "is not permitted to this user: start your own service with systemctl --user enable --now podman.socket"
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %s, want %q", err, out, want)
	}
}

// TestPodmanThatHangs checks that calls end at their deadline, and that nothing is left behind once podman works again.
func TestPodmanThatHangs(t *testing.T) {
	w := newWorld(t)
	hang := ""
	var hangs atomic.Bool
	w.uri = w.Proxy(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
			if hang != "" && strings.HasSuffix(r.URL.Path, hang) {
				hangs.Store(true)
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(answer, r)
		})
	})
	w.restart()
	s := settings(w.HostImage())
	for _, hang = range []string{"/_ping", "/volumes/json", "/json", "/volumes/create", "/containers/create", "/start", "/update"} {
		hangs.Store(false)
		var err error
		for d := 3 * time.Second; !hangs.Load() && d < 2*time.Minute; d *= 4 { // a busy machine does not come as far at first
			ctx, cancel := context.WithTimeout(w.ctx(), d)
			_, err = w.engine.Enable(ctx, s)
			cancel()
		}
		expectRefusal(t, err, kv.ErrTimeout, "did not answer in time")
	}
	hang = ""
	_ = w.enable(s).Close()
	w.expectOne()
}

// TestIgnoredLimits checks the warning if podman says that it runs as user on cgroups v1.
func TestIgnoredLimits(t *testing.T) {
	w := newWorld(t)
	w.uri = w.Proxy(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/libpod/info") {
				next.ServeHTTP(answer, r)
				return
			}
			answer.Header().Set("Content-Type", "application/json")
			_, _ = answer.Write([]byte(`{"host":{"cgroupVersion":"v1","security":{"rootless":true}}}`))
		})
	})
	w.restart()
	s := settings(w.HostImage())
	_ = w.enable(s)
	w.expectWarning("")
	limited := s
	limited.MaxMemory = "64mb"
	if _, err := w.engine.Update(w.ctx(), s, limited); err != nil {
		t.Fatal(err)
	}
	w.expectWarning("cgroups v1")
	_ = w.enable(provisioned(limited))
	w.expectWarning("cgroups v1")
	w.uri = w.URI
	w.restart()
	_ = w.enable(provisioned(limited))
	w.expectWarning("") // podman itself says otherwise
}

func (w *world) expectWarning(says string) {
	w.t.Helper()
	server, err := w.engine.Probe(w.ctx())
	warning := ""
	if len(server.Warnings) > 0 {
		warning = server.Warnings[0].Detail
	}
	if err != nil || !strings.Contains(warning, says) || says == "" && warning != "" {
		w.t.Errorf("warning %q, %v, want %q", warning, err, says)
	}
}
