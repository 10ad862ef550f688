// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
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

// LimitMemory bounds what the server may allocate, in bytes, as a container does. See prlimit(2).
func (s *Server) LimitMemory(bytes uint64) {
	s.T.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: bytes}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.cmd.Process.Pid), syscall.RLIMIT_DATA,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		s.T.Fatal(errno)
	}
}
