// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// outliveReaders makes a write to standard output or standard error fail if its reader has ended, instead of ending the
// program: a server goes on without its log. Other commands end, as in a pipe to head. See "SIGPIPE" in package os/signal.
func outliveReaders() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // not Ignore: programs that this one starts would inherit it
}
