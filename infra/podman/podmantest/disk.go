// SPDX-License-Identifier: Apache-2.0

package podmantest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Volumes returns the directory that holds the volumes, as the service sees it.
func (s *Service) Volumes() string {
	return filepath.Join("/proc", s.namespace, "root", s.volumes())
}

func (s *Service) volumes() string { return filepath.Join(s.folder, "storage", "volumes") }

// SmallDisk puts later volumes on a disk of that size, in the format of mount, which is removed with the service.
func (s *Service) SmallDisk(size string) {
	s.tb.Helper()
	cmd := exec.Command("nsenter", "--mount", "--target", s.namespace,
		"mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", s.volumes())
	if out, err := cmd.CombinedOutput(); err != nil {
		s.tb.Fatalf("podmantest: %v: %s", err, out)
	}
}

// FillDisk takes all the room that the volumes leave. The returned function gives it back.
func (s *Service) FillDisk() (empty func()) {
	s.tb.Helper()
	path := filepath.Join(s.Volumes(), "ballast")
	f, err := os.Create(path)
	if err != nil {
		s.tb.Fatalf("podmantest: %v", err)
	}
	defer f.Close()
	for block := make([]byte, 4<<10); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.tb.Fatalf("podmantest: the disk is not full: %v", err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			s.tb.Errorf("podmantest: %v", err)
		}
	}
}
