// SPDX-License-Identifier: Apache-2.0

package podmantest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// OutsideEnv is the environment variable that is set in a test process whose network is its own: to the path of the
// machine's network namespace.
const OutsideEnv = "TEMPSKV_TEST_OUTSIDE"

// Alone gives the test process its own network, where podman is and can be used: loopback and nothing else. TestMain
// calls it first, since it starts the process again. Podman forwards ports of loopback to its containers with rules in
// the kernel, and leaves them if it is killed: in their own network they disturb no one, and are gone with its last
// process. Commands that need the machine's network run with Outside.
func Alone() {
	if os.Getenv(OutsideEnv) != "" || missing() != "" {
		return
	}
	runtime.LockOSThread() // the namespace is that of the thread which executes programs, this one again among them
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		return // Start skips its test
	}
	fmt.Fprintln(os.Stderr, "podmantest:", again())
	os.Exit(1)
}

// again replaces this process by the same program, with loopback up.
func again() error {
	if err := emptyNetwork(); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	env := append(os.Environ(), fmt.Sprintf("%s=/proc/%d/ns/net", OutsideEnv, os.Getppid()))
	return syscall.Exec(program, os.Args, env)
}

// Outside returns a command that runs in the machine's network, whether or not this process does. It is killed when ctx
// ends.
func Outside(ctx context.Context, name string, args ...string) *exec.Cmd {
	if network := os.Getenv(OutsideEnv); network != "" {
		return exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + network, name}, args...)...)
	}
	return exec.CommandContext(ctx, name, args...)
}

// missing says what a test of podman needs and this machine lacks, empty if nothing.
func missing() string {
	for _, need := range []struct{ program, pkg string }{{"podman", "podman"}, {"nft", "nftables"}, {"ip", "iproute2"}} {
		if _, err := exec.LookPath(need.program); err != nil {
			return fmt.Sprintf("%s, which is not in PATH (Debian: apt install %s)", need.program, need.pkg)
		}
	}
	if os.Geteuid() != 0 {
		return "podman and root, to run its service without systemd"
	}
	return ""
}

// emptyNetwork removes from the network what podmans have left.
func emptyNetwork() error {
	if out, err := exec.Command(script("podman-network")).CombinedOutput(); err != nil {
		return fmt.Errorf("podman-network: %w: %s", err, out)
	}
	return nil
}
