// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package e2e

import "syscall"

// dieWithTest does nothing where the system cannot tell a child that its parent has ended.
func dieWithTest() *syscall.SysProcAttr { return nil }
