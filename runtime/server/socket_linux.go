// SPDX-License-Identifier: Apache-2.0

package server

import "syscall"

// notSent is the option TCP_NOTSENT_LOWAT of tcp(7), and bounds what the kernel takes before it can send it, in bytes. Without
// it, a write to a slow client sees no progress for as long as megabytes are sent.
const (
	notSent      = 0x19
	notSentBytes = 128 << 10
)

// tune sets what connections inherit from their listener. It ignores errors: a kernel without an option works too.
func tune(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, notSent, notSentBytes)
	})
}
