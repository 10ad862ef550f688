// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"syscall"
)

// dieWithTest makes a process end when that of the tests does, even if that was killed or timed out.
func dieWithTest() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
