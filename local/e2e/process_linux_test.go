// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// openFiles returns how many files and connections the server has open. See proc(5).
func (s *server) openFiles() int {
	s.t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	return len(files)
}

// memory returns the resident set of the server in bytes, now and at its largest. See proc(5).
func (s *server) memory() (now, peak int) {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	kib := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(between(s.t, string(text), name+":", " kB")))
		if err != nil {
			s.t.Fatal(err)
		}
		return n << 10
	}
	return kib("VmRSS"), kib("VmHWM")
}
