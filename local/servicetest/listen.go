// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/lifecycle"
	control "github.com/tempskv/tempskv/infra/control/sqlite"
	"github.com/tempskv/tempskv/infra/embedded"
)

// AdminKey is the API key of the server of Main.
const AdminKey = "tk_servicetestAdministrator0123456789abc"

// Main runs the tests and examples of a package, after prepare has got the URL of a server for them. It is for TestMain, since
// examples have no testing.TB.
func Main(m *testing.M, prepare func(url string) error) (code int, err error) {
	dir, err := os.MkdirTemp("", "tempskv-servicetest")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	url, stop, err := listen(context.Background(), dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := prepare(url); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// listen starts a server on the engine embedded, which is enabled, with its data in a directory.
func listen(ctx context.Context, dir string) (url string, stop func() error, err error) {
	store, err := control.Open(ctx, filepath.Join(dir, "control.db"), control.Config{})
	if err != nil {
		return "", nil, err
	}
	if err := store.EnsureAdminKey(ctx, AdminKey); err != nil {
		return "", nil, errors.Join(err, store.Close())
	}
	service := newEmbedded(store, dir)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	if _, err := service.Enable(ctx, engine.Change{}); err != nil {
		cancel()
		return "", nil, errors.Join(err, <-ended, store.Close())
	}
	server := httptest.NewServer(handlers.New(handlers.Deps{Service: service, Control: store}))
	return server.URL, func() error {
		server.Close()
		cancel()
		return errors.Join(<-ended, store.Close())
	}, nil
}

// newEmbedded returns a service that has only the engine embedded.
func newEmbedded(store *control.Store, dir string) *lifecycle.Service {
	return lifecycle.New(store, lifecycle.Config{
		Engines: map[engine.Name]engine.Driver{engine.Embedded: embedded.NewEngine(dir, embedded.Config{}).Driver()},
		Choose:  func(context.Context) engine.Name { return engine.Embedded },
	})
}
