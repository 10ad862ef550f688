// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package redistest

import "syscall"

// dieWithTest does nothing on systems that cannot signal to a child that its parent has ended.
func dieWithTest() *syscall.SysProcAttr { return nil }
