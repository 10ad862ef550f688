// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package e2e

import "syscall"

// dieWithTest does nothing where the system cannot signal a child when its parent ends.
func dieWithTest() *syscall.SysProcAttr { return nil }
