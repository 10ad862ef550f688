// SPDX-License-Identifier: Apache-2.0

// Command tempskv is the self-hosted server and its command line. It wires the handler set, the control data, the
// engines and the local runtime; everything else knows only its own side.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookupEnv: os.LookupEnv}
	os.Exit(a.run(ctx, os.Args[1:]))
}
