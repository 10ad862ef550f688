// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// TestOwnUser runs both tempskv and podman as a user who is not root, and has the server killed, which leaves its socket: it belongs
// to another user, whose number only podman gives.
func TestOwnUser(t *testing.T) {
	if !slices.Contains(podmantest.Others(t), podmantest.Rootless) {
		t.Skip("podman is not run without root")
	}
	w := newWorldIn(t, podmantest.StartOther(t, podmantest.Rootless))
	live := func(v victim) {
		v.Socket, v.Dir = w.URI, w.dir
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/proc/self/exe")
		cmd.Dir, cmd.Env = "/", append(os.Environ(), victimEnv+"="+string(text))
		id := uint32(w.User())
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	s := settings(w.HostImage())
	live(victim{From: s, Step: 1000})
	one := inspect[inspected](w, "inspect", w.Podman("ps", "-q"))
	if one.HostConfig.NetworkMode != "none" || !strings.HasPrefix(w.addr(), w.dir) {
		t.Fatalf("network %s, the server is at %s", one.HostConfig.NetworkMode, w.addr())
	}
	w.expectPrivateSocket()
	w.Podman("kill", w.Podman("ps", "-q"))
	live(victim{From: provisioned(s), Step: 1000})
	w.expectPrivateSocket()
	w.Podman("kill", w.Podman("ps", "-q"))
	live(victim{Purge: true})
	if left, err := os.ReadDir(filepath.Join(w.dir, "podman")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Purge there is %v, %v", left, err)
	}
}
