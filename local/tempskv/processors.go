// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/tempskv/tempskv/runtime/processors"
)

// tuneProcessors lets Go run on as few processors as keep up until end is called, unless the operator has set how many.
func tuneProcessors(
	ctx context.Context, lookupEnv func(string) (string, bool), answered func() uint64, log *slog.Logger,
) (end func()) {
	if _, chosen := lookupEnv("GOMAXPROCS"); chosen {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := processors.Manage(ctx, answered); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			log.Warn("Go runs on all processors from now on", "error", err)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
