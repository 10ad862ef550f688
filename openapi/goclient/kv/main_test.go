// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/tempskv/tempskv/local/servicetest"
	"github.com/tempskv/tempskv/openapi/goclient"
	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// serverURL is a server in this process, on real parts.
var serverURL string

func TestMain(m *testing.M) {
	code, err := servicetest.Main(m, prepare)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// prepare sets an environment in which the examples find a project.
func prepare(url string) error {
	serverURL = url
	_, token, err := newProject(context.Background())
	return errors.Join(err, os.Setenv("TEMPS_API_URL", url), os.Setenv("TEMPS_DEPLOYMENT_TOKEN", token),
		os.Unsetenv("TEMPS_TOKEN"), os.Unsetenv("TEMPS_PROJECT_ID"))
}

// newProject creates a project and a token of it.
func newProject(ctx context.Context) (id int64, token string, err error) {
	admin, err := goclient.New(serverURL, servicetest.AdminKey)
	if err != nil {
		return 0, "", err
	}
	project, err := admin.CreateProjectWithResponse(ctx, goclient.ProjectRequest{Name: "test"})
	if err != nil {
		return 0, "", err
	}
	id = project.JSON201.ID
	made, err := admin.CreateTokenWithResponse(ctx, id, goclient.TokenRequest{Name: "test"})
	if err != nil {
		return 0, "", err
	}
	return id, made.JSON201.Token, nil
}

// connect returns a client of a new project of the real server.
func connect(t *testing.T) *kv.Client {
	t.Helper()
	_, token, err := newProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store, err := kv.New(kv.Config{URL: serverURL, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return store
}
