// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// lines returns those of one of the kernel's tables of the network of a process, without the first, which names the columns.
func (w *world) lines(process, table string, header int) (lines []string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(process, "net", table))
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines[min(header, len(lines)):]
}

// expectNoNetwork asks the kernel: nothing listens, there is no interface but loopback, and there is no way out.
func (w *world) expectNoNetwork(process string) {
	w.t.Helper()
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6", "route"} {
		if all := w.lines(process, table, 1); len(all) > 0 {
			w.t.Errorf("%s: %q", table, all)
		}
	}
	if all := w.lines(process, "dev", 2); len(all) != 1 || !strings.HasPrefix(all[0], "lo:") {
		w.t.Errorf("interfaces: %q", all)
	}
}

// expectPrivateSocket fails the test if another user than that of the data directory can reach the server.
func (w *world) expectPrivateSocket() {
	w.t.Helper()
	path := w.addr()
	if info, err := os.Stat(path); err != nil || info.Mode().Type() != fs.ModeSocket {
		w.t.Fatalf("%s: %v, %v", path, info, err)
	}
	gate := filepath.Dir(filepath.Dir(path))
	if info, err := os.Stat(gate); err != nil || info.Mode() != fs.ModeDir|0o700 {
		w.t.Errorf("%s: %v, %v", gate, info, err)
	}
	short, dir := podman.Shorten(path)
	if dir != nil {
		defer dir.Close()
	}
	if out, err := ping(short, 0); err != nil || !strings.Contains(out, "NOAUTH") {
		w.t.Errorf("root: %s %v", out, err)
	}
	for _, id := range []uint32{nobody, 999} { // the server has that number in its container
		if err := os.Chmod(w.dir, 0o755); err != nil { // by mistake: it is not what keeps others out
			w.t.Fatal(err)
		}
		if out, err := ping(path, id); err == nil || !strings.Contains(out, "Permission denied") {
			w.t.Errorf("user %d: %s %v", id, out, err)
		}
	}
}

// ping sends PING without a login, as a user.
func ping(path string, id uint32) (string, error) {
	cmd := exec.Command("redis-cli", "-s", path, "ping")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// expectOwnNetwork fails the test if the container of a server with a port has more of a network than podman requires.
func (w *world) expectOwnNetwork(one inspected) {
	w.t.Helper()
	owner := one.Config.Labels["io.tempskv.owner"]
	name := "tempskv-" + owner
	if got := w.Podman("inspect", "--format", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", w.Podman("ps", "-q")); got != name {
		w.t.Errorf("networks %q, want %s alone", got, name)
	}
	host, err := podman.QueryHost(w.ctx(), w.URI)
	if err != nil {
		w.t.Fatal(err)
	}
	out := false // whether there is a route to everywhere
	for _, line := range w.lines(w.Proc(one.State.Pid), "route", 1) {
		out = out || strings.Fields(line)[1] == "00000000"
	}
	if old := host.Version == podman.OldestVersion && !host.Rootless; out != old {
		w.t.Errorf("podman %s, rootless %t: a route out: %t", host.Version, host.Rootless, out)
	}
}

// TestReachMoves has a podman that is first on another machine, as far as can be known, then on this one, and back.
func TestReachMoves(t *testing.T) { newWorld(t).testReachMoves(t) }

func (w *world) testReachMoves(t *testing.T) {
	remote := w.Remote()
	s := settings(w.HostImage())
	w.uri = remote
	w.restart()
	store := w.enable(s)
	want := w.fill(store, 1000)
	w.inTransactions(store, "a")
	id, before := w.Podman("ps", "-q"), remote
	for _, uri := range []string{w.URI, w.URI, remote, remote, w.URI} {
		_ = store.Close()
		w.uri = uri
		store = w.enableAgain(s)
		if got := w.digest(store, 1000); got != want {
			t.Error("the keys are not what they were")
		}
		w.expectTransactions(store, "a")
		w.expectOne()
		bySocket := strings.HasPrefix(w.addr(), "/")
		if bySocket != (uri == w.URI) || bySocket != (w.networks() == "") {
			t.Errorf("podman at %s: the server is at %s, networks %q", uri, w.addr(), w.networks())
		}
		now := w.Podman("ps", "-q")
		if stays := before == uri; stays != (now == id) {
			t.Errorf("podman at %s, before at %s: the container stays: %t", uri, before, !stays)
		}
		id, before = now, uri
	}
}

// TestForeignDirectory has a podman with other files at the path of the data directory, and one that has none there.
func TestForeignDirectory(t *testing.T) {
	for _, kind := range podmantest.Others(t) {
		if kind == podmantest.Rootless {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir() // podman has another /tmp
			w := newWorldIn(t, podmantest.StartOther(t, kind))
			w.dir = dir
			w.restart()
			store := w.enable(settings(w.HostImage()))
			if addr := w.addr(); !strings.HasPrefix(addr, "127.0.0.1:") {
				t.Errorf("the server is at %s", addr)
			}
			want := w.fill(store, 100)
			_ = store.Close()
			store = w.enableAgain(settings(w.HostImage()))
			if got := w.digest(store, 100); got != want {
				t.Error("the keys are not what they were")
			}
			if w.expectOne(); !strings.Contains(w.log.String(), "podman does not see the data directory") {
				t.Errorf("the log says %s", &w.log)
			}
		})
	}
}

// TestLongPath has a data directory whose path does not fit into the address of a socket.
func TestLongPath(t *testing.T) {
	w := newWorld(t)
	w.dir = filepath.Join(w.dir, strings.Repeat("long", 30))
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.restart()
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 100)
	if one := inspect[inspected](w, "inspect", w.Podman("ps", "-q")); one.HostConfig.NetworkMode != "none" {
		t.Errorf("network %s, want none", one.HostConfig.NetworkMode)
	}
	_ = store.Close()
	store = w.enableAgain(s)
	if got := w.digest(store, 100); got != want {
		t.Error("the keys are not what they were")
	}
}

// TestSocketsOfAnotherMachine has a podman with the same files, and sockets that cannot be reached: that of a virtual machine.
func TestSocketsOfAnotherMachine(t *testing.T) {
	w := newWorld(t)
	w.uri = w.Proxy(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/containers/create") {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					panic(err)
				}
				body = bytes.ReplaceAll(body, []byte(`"--unixsocket","/run/tempskv/`), []byte(`"--unixsocket","/dev/shm/`))
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			}
			next.ServeHTTP(answer, r)
		})
	})
	w.restart()
	s := settings(w.HostImage())
	store := w.enable(s)
	want := w.fill(store, 100)
	for range 2 {
		if addr := w.addr(); !strings.HasPrefix(addr, "127.0.0.1:") {
			t.Errorf("the server is at %s", addr)
		}
		_ = store.Close()
		store = w.enable(provisioned(s))
		if got := w.digest(store, 100); got != want {
			t.Error("the keys are not what they were")
		}
	}
	w.expectOne()
}
