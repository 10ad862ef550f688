// SPDX-License-Identifier: Apache-2.0

package redistest

import "syscall"

// dieWithTest makes the server end when the test process does, even if that was killed or timed out.
func dieWithTest() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
