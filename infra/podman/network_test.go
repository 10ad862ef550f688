// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tempskv/tempskv/infra/podman"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// network is what podman adds to a network that has only loopback: rules, bridges and their links.
const network = "nft list ruleset && ip -brief link show type bridge && ip -brief link show type veth"

// held returns the content of the network in which a command runs.
func held(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", command, err, &stderr)
	}
	return string(out)
}

// inside returns the content of the network of the tests, and outside that of the machine's network.
func inside(t *testing.T) string { t.Helper(); return held(t, exec.Command("sh", "-c", network)) }

func outside(t *testing.T) string {
	t.Helper()
	return held(t, podmantest.Outside(t.Context(), "sh", "-c", network))
}

// publish runs a container with a published port of loopback. Unless podman runs without root, it adds rules for that,
// only in the network of the tests.
func publish(t *testing.T, s *podmantest.Service) {
	t.Helper()
	host, err := podman.QueryHost(t.Context(), s.URI)
	if err != nil {
		t.Fatal(err)
	}
	id := s.Podman("run", "-d", "--publish", "127.0.0.1::6379", s.HostImage())
	rule := "dport " + s.Podman("port", id, "6379")[len("127.0.0.1:"):]
	if !host.Rootless && !strings.Contains(inside(t), rule) {
		t.Errorf("no rule has %q: %s", rule, inside(t))
	}
	if text := outside(t); strings.Contains(text, rule) {
		t.Errorf("outside a rule has %q: %s", rule, text)
	}
}

func expectEmptyNetwork(t *testing.T) {
	t.Helper()
	if text := inside(t); text != "" {
		t.Errorf("there is left: %s", text)
	}
}

// TestNetwork leaves running containers behind, before a restart of the machine and at the end of podman.
func TestNetwork(t *testing.T) { testNetwork(t, podmantest.Start) }

func testNetwork(t *testing.T, start func(testing.TB) *podmantest.Service) {
	t.Run("with podman", func(t *testing.T) {
		s := start(t)
		expectEmptyNetwork(t)
		publish(t, s)
		s.Reboot()
		expectEmptyNetwork(t)
		publish(t, s)
	})
	expectEmptyNetwork(t)
}

// killedRun is the environment variable that makes TestAfterKilledRun the run that is killed.
const killedRun = "TEMPSKV_PODMAN_KILLED_RUN"

// TestAfterKilledRun kills tests that use podman, and checks that the next tests clean up after them.
func TestAfterKilledRun(t *testing.T) {
	if os.Getenv(killedRun) != "" {
		beKilled(t)
	}
	run := podmantest.Outside(t.Context(), "env", "--unset="+podmantest.OutsideEnv, killedRun+"=1",
		os.Args[0], "-test.run=^TestAfterKilledRun$")
	var stderr strings.Builder
	run.Stderr = &stderr
	out, err := run.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the run that is killed: %v: %s%s", err, out, &stderr)
	}
	name := strings.TrimSpace(stderr.String())
	if own, err := os.Readlink("/proc/self/ns/net"); err != nil || name == own {
		t.Fatalf("the run that is killed has the network of this one: %s, %v", name, err)
	}
	podmantest.Start(t)
	eventually(t, "the network of the run that was killed to be gone", func() error {
		if left := programs(name); len(left) > 0 {
			return fmt.Errorf("%v are in it", left)
		}
		return nil
	})
	expectEmptyNetwork(t)
}

// beKilled is the run that is killed while a container runs, whose supervisor is left behind. It reports its network.
func beKilled(t *testing.T) {
	publish(t, podmantest.Start(t))
	name, err := os.Readlink("/proc/self/ns/net")
	if err != nil || !slices.Contains(programs(name), "conmon") {
		t.Fatalf("no supervisor in %s: %v, %v", name, programs(name), err)
	}
	fmt.Fprintln(os.Stderr, name)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// programs returns the names of the programs that run in a network.
func programs(network string) (names []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	for _, path := range all {
		if name, err := os.Readlink(path); err != nil || name != network {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(path)), "comm"))
		names = append(names, strings.TrimSpace(string(name)))
	}
	return names
}
