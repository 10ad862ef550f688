// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/podman"
)

// inspected is what podman reports about a container, as far as it concerns what the container may do.
type inspected struct {
	State  struct{ Pid int }
	Config struct {
		User   string
		Labels map[string]string
	}
	HostConfig struct {
		Binds          []string
		CapAdd         []string
		Devices        []any
		Memory         int64
		NetworkMode    string
		PidMode        string
		PidsLimit      int64
		PortBindings   map[string][]struct{ HostIP, HostPort string }
		Privileged     bool
		ReadonlyRootfs bool
		RestartPolicy  struct {
			Name              string
			MaximumRetryCount int
		}
		SecurityOpt []string
	}
}

// inspect returns what podman reports about the only object of its kind.
func inspect[T any](w *world, args ...string) T {
	w.t.Helper()
	var all []T
	if err := json.Unmarshal([]byte(w.Podman(args...)), &all); err != nil || len(all) != 1 {
		w.t.Fatalf("podman %v: %d of them, %v", args, len(all), err)
	}
	return all[0]
}

// TestContainerIsLockedDown compares what podman was asked for with what it reports as in force.
func TestContainerIsLockedDown(t *testing.T) { newWorld(t).testLockDown(t) }

func (w *world) testLockDown(t *testing.T) {
	one := w.lockedDown(t, "/data", "/run/tempskv")
	if host := one.HostConfig; host.NetworkMode != "none" || len(host.PortBindings) > 0 {
		t.Errorf("network %s and ports %+v, want none", host.NetworkMode, host.PortBindings)
	}
	w.expectNoNetwork(w.Proc(one.State.Pid))
	w.expectPrivateSocket()
	w.expectConfig(map[string]string{"port": "0", "unixsocket": "/run/tempskv/redis.sock", "maxclients": "4096", "protected-mode": "yes"})
}

// TestContainerWithPortIsLockedDown has a podman that may be on another machine.
func TestContainerWithPortIsLockedDown(t *testing.T) { newWorld(t).testLockDownWithPort(t) }

func (w *world) testLockDownWithPort(t *testing.T) {
	w.uri = w.Remote()
	w.restart()
	one := w.lockedDown(t, "/data")
	bindings := one.HostConfig.PortBindings
	if len(bindings) != 1 || len(bindings["6379/tcp"]) != 1 ||
		bindings["6379/tcp"][0].HostIP != "127.0.0.1" || bindings["6379/tcp"][0].HostPort == "6379" {
		t.Errorf("ports %+v, want one of 127.0.0.1", bindings)
	}
	expectLoopback(t, bindings["6379/tcp"][0].HostPort)
	w.expectOwnNetwork(one)
	w.expectConfig(map[string]string{"port": "6379", "timeout": "300", "maxclients": "4096"})
}

// lockedDown enables, and returns the container after checks of what it may do, but for its network. It may only write to the
// directories.
func (w *world) lockedDown(t *testing.T, writable ...string) inspected {
	s := settings(w.HostImage())
	s.MaxMemory = "100mb"
	w.enable(s)
	one := inspect[inspected](w, "inspect", w.Podman("ps", "-q"))
	volume := w.Podman("volume", "ls", "-q")
	host := one.HostConfig
	if got := one.Config.User; got != "999:999" {
		t.Errorf("it runs as %q", got)
	}
	want := []string{volume + ":/data:U,", filepath.Join(w.dir, "podman", "1") + ":/run/tempskv:"}[:len(writable)]
	if !slices.EqualFunc(slices.Sorted(slices.Values(host.Binds)), slices.Sorted(slices.Values(want)), strings.HasPrefix) {
		t.Errorf("volumes %q, want %q", host.Binds, want)
	}
	if len(host.CapAdd)+len(host.Devices) > 0 || host.Privileged || !host.ReadonlyRootfs || host.PidMode == "host" ||
		host.NetworkMode == "host" || !slices.Contains(host.SecurityOpt, "no-new-privileges") {
		t.Errorf("it may do more than it should: %+v", host)
	}
	if host.RestartPolicy.Name != "on-failure" || host.RestartPolicy.MaximumRetryCount != 5 {
		t.Errorf("restart policy %+v, want on-failure, 5", host.RestartPolicy)
	}
	w.expectLimits(host.PidsLimit, host.Memory, s.MaxMemory.Bytes())
	w.expectLabels(one.Config.Labels)
	w.expectLabels(inspect[struct{ Labels map[string]string }](w, "volume", "inspect", volume).Labels)
	secret := inspect[struct{ Spec struct{ Name string } }](w, "secret", "inspect", w.Podman("secret", "ls", "-q"))
	if !strings.HasPrefix(secret.Spec.Name, "tempskv-"+one.Config.Labels["io.tempskv.owner"]+"-") {
		t.Errorf("the secret %s does not tell whose it is", secret.Spec.Name)
	}
	w.expectConfined(w.Proc(one.State.Pid), writable)
	return one
}

// expectLimits fails the test unless podman applies the limits, or the status says that it cannot.
func (w *world) expectLimits(pids, memory, maxMemory int64) {
	w.t.Helper()
	host, err := podman.QueryHost(w.ctx(), w.URI)
	if err != nil {
		w.t.Fatal(err)
	}
	server, err := w.engine.Probe(w.ctx())
	if err != nil {
		w.t.Fatal(err)
	}
	without := host.Rootless && host.CgroupsV1
	if without != (len(server.Warnings) > 0) {
		w.t.Errorf("rootless on cgroups v1: %t; status warns of %v", without, server.Warnings)
	}
	if without {
		return
	}
	if pids < 16 || pids > 256 {
		w.t.Errorf("limit of processes: %d", pids)
	}
	if memory < maxMemory*3/2 || memory > maxMemory*2 {
		w.t.Errorf("limit of memory %d for data of %d", memory, maxMemory)
	}
}

// expectLabels fails the test unless labels show who owns the object, and what made it.
func (w *world) expectLabels(labels map[string]string) {
	w.t.Helper()
	server, err := w.engine.Probe(w.ctx())
	if err != nil {
		w.t.Fatal(err)
	}
	want := map[string]string{
		"io.tempskv.engine": "podman", "io.tempskv.version": server.Version, "io.tempskv.image": server.Image,
	}
	got := maps.Clone(labels)
	maps.DeleteFunc(got, func(name, _ string) bool { return want[name] == "" })
	if diff := cmp.Diff(got, want); diff != "" || len(labels["io.tempskv.owner"]) != 12 {
		w.t.Errorf("labels %v: -got +want: %s", labels, diff)
	}
}

// expectConfined asks the kernel, independently of podman.
func (w *world) expectConfined(process string, writable []string) {
	w.t.Helper()
	status, err := os.ReadFile(filepath.Join(process, "status"))
	if err != nil {
		w.t.Fatal(err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.Join(strings.Fields(value), " ")
	}
	id := w.serverID(process)
	ids := fmt.Sprintf("%d %[1]d %[1]d %[1]d", id)
	const none = "0000000000000000"
	want := map[string]string{
		"Uid": ids, "Gid": ids, "NoNewPrivs": "1",
		"CapInh": none, "CapPrm": none, "CapEff": none, "CapBnd": none, "CapAmb": none,
	}
	maps.DeleteFunc(fields, func(name, _ string) bool { return want[name] == "" })
	if diff := cmp.Diff(fields, want); diff != "" {
		w.t.Errorf("-got +want: %s", diff)
	}
	root := filepath.Join(process, "root")
	if f, err := os.Create(filepath.Join(root, "new")); !errors.Is(err, syscall.EROFS) {
		_ = f.Close()
		w.t.Errorf("create a file in the root: %v, want %v", err, syscall.EROFS)
	}
	w.expectMounts(filepath.Join(process, "mountinfo"), writable)
	w.expectSecret(filepath.Join(root, "run", "secrets", "acl"), id)
}

// serverID returns the id outside of a container of the user who is 999 inside: without root the ids differ.
func (w *world) serverID(process string) (id uint32) {
	w.t.Helper()
	ranges, err := os.ReadFile(filepath.Join(process, "uid_map"))
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(string(ranges)) {
		var inside, outside, length uint32
		if _, err := fmt.Sscan(line, &inside, &outside, &length); err == nil && inside <= 999 && 999-inside < length {
			return 999 - inside + outside
		}
	}
	w.t.Fatalf("there is no user 999 in %s", ranges)
	return 0
}

// expectSecret fails the test unless only the server can read the ACL file, and it holds hashes of the passwords in the
// data directory.
func (w *world) expectSecret(path string, id uint32) {
	w.t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		w.t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if info.Mode() != 0o400 || owner.Uid != id || owner.Gid != id {
		w.t.Errorf("the ACL file has mode %v and belongs to %d:%d", info.Mode(), owner.Uid, owner.Gid)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	passwords := w.passwords()
	want := fmt.Sprintf("user default off ~* &* +@all\n"+ // no client can log in as it; it loads the append-only file
		"user app on #%x ~* +@all -@admin -@dangerous +info +restore\n"+
		"user admin on #%x ~* +@all\n", sha(passwords.App), sha(passwords.Admin))
	if diff := cmp.Diff(string(text), want); diff != "" {
		w.t.Errorf("the ACL file: -got +want: %s", diff)
	}
	if info, err := os.Stat(filepath.Join(w.dir, "podman.json")); err != nil || info.Mode() != 0o600 {
		w.t.Errorf("the file with the passwords has mode %v, %v", info.Mode(), err)
	}
}

// expectLoopback fails the test if a port can be reached at an address of this machine other than 127.0.0.1.
func expectLoopback(t *testing.T, port string) {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range addrs {
		ip := addr.(*net.IPNet).IP
		if ip.IsLoopback() || ip.IsLinkLocalUnicast() {
			continue
		}
		if conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), port), time.Second); err == nil {
			_ = conn.Close()
			t.Errorf("the server can be reached by %s", ip)
		}
	}
}

// expectMounts fails the test if the container can write to any storage that persists, other than what it should.
func (w *world) expectMounts(path string, want []string) {
	w.t.Helper()
	mounts, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	var writable []string
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		point, options := fields[4], strings.Split(fields[5], ",")
		kernels := point == "/proc" || point == "/sys/fs/cgroup" || strings.HasPrefix(point+"/", "/dev/")
		if slices.Contains(options, "rw") && !kernels {
			writable = append(writable, point)
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(writable)), want); diff != "" {
		w.t.Errorf("what can be written to: -got +want: %s", diff)
	}
}
