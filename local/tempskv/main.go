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
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		second := <-signals // who asks twice does not want to wait
		os.Exit(128 + int(second.(syscall.Signal)))
	}()
	a := &app{stdin: os.Stdin, stdout: shown(os.Stdout), stderr: shown(os.Stderr), lookupEnv: os.LookupEnv}
	os.Exit(a.run(ctx, os.Args[1:]))
}
