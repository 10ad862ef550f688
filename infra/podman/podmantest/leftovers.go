// SPDX-License-Identifier: Apache-2.0

package podmantest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endLeftovers ends the containers of a test that was interrupted: their namespace is gone, so that no service can stop
// them any more. Without podman's files about a running system, it assumes that a restart of the machine ended them.
func (s *Service) endLeftovers() {
	s.tb.Helper()
	run := filepath.Join(s.folder, "run")
	for _, name := range []string{"conmon.pid", "pidfile"} {
		files, _ := filepath.Glob(filepath.Join(run, "*-containers", "*", "userdata", name))
		for _, file := range files {
			s.endLeftover(file, filepath.Base(filepath.Dir(filepath.Dir(file))))
		}
	}
	s.endUnfinished()
	err := os.RemoveAll(run)
	// What podman starts at the end of a container may still write there.
	for deadline := time.Now().Add(patience); err != nil && time.Now().Before(deadline); err = os.RemoveAll(run) {
		<-time.After(poll)
	}
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
}

// endLeftover ends the process named in a file, if it is still that of the container.
func (s *Service) endLeftover(file, container string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 2 {
		return
	}
	for _, about := range []string{"cmdline", "cgroup"} {
		told, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), about))
		if strings.Contains(string(told), container) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			return
		}
	}
}

// endUnfinished ends what creates containers of the service, which a podman that was killed meanwhile leaves waiting for
// it: a conmon and its container runtime, which have written no file yet. Both have the folder among their arguments.
func (s *Service) endUnfinished() {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		args := strings.Split(string(text), "\x00")
		if name := filepath.Base(args[0]); name != "conmon" && name != "crun" && name != "runc" {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && strings.Contains(string(text), s.folder+"/") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// mendSecrets removes lists of secrets that podman wrote in place while it was killed.
func (s *Service) mendSecrets() {
	s.tb.Helper()
	for _, name := range []string{"secrets.json", "filedriver/secretsdata.json"} {
		path := filepath.Join(s.folder, "storage", "secrets", name)
		if text, err := os.ReadFile(path); err != nil || json.Valid(text) {
			continue
		}
		s.tb.Logf("podmantest: %s is cut off", path)
		if err := os.Remove(path); err != nil {
			s.tb.Fatalf("podmantest: %v", err)
		}
	}
}

// clear removes what interrupted tests left in podman.
func (s *Service) clear() {
	s.tb.Helper()
	s.Podman("rm", "-af", "-t", "0")
	s.Podman("volume", "prune", "-f")
	for name := range strings.FieldsSeq(s.Podman("secret", "ls", "-q")) {
		s.Podman("secret", "rm", name)
	}
}
