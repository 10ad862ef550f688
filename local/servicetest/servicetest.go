// SPDX-License-Identifier: Apache-2.0

// Package servicetest runs services on real parts. Only tests import it.
package servicetest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/handlers/lifecycle"
	control "github.com/tempskv/tempskv/infra/control/sqlite"
)

// OpenControl opens control data in a directory. It closes them when the test ends.
func OpenControl(t testing.TB, dir string) *control.Store {
	t.Helper()
	store, err := control.Open(t.Context(), filepath.Join(dir, "control.db"), control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// Run runs a service until the test ends. What the service uses must be opened before.
func Run(t testing.TB, service *lifecycle.Service) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// RunEmbedded runs a service that has only the engine embedded, and is not enabled yet.
func RunEmbedded(t testing.TB) (*lifecycle.Service, *control.Store) {
	t.Helper()
	dir := t.TempDir()
	store := OpenControl(t, dir)
	service := newEmbedded(store, dir)
	Run(t, service)
	return service, store
}
