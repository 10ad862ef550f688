// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// OpenFiles returns how many files and connections the server has open. See proc(5).
func (s *Server) OpenFiles() int {
	s.T.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		s.T.Fatal(err)
	}
	return len(files)
}

// Memory returns the resident set of the server in bytes, now and at its largest. See proc(5).
func (s *Server) Memory() (now, peak int) {
	s.T.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.T.Fatal(err)
	}
	kib := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(Between(s.T, string(text), name+":", " kB")))
		if err != nil {
			s.T.Fatal(err)
		}
		return n << 10
	}
	return kib("VmRSS"), kib("VmHWM")
}
