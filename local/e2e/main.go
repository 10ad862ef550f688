// SPDX-License-Identifier: Apache-2.0

// Package e2e runs the built program in separate processes, and tests it from outside. Only the tests in
// the packages below it import it.
package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/openapi/contract"
)

// Program is the path of the tempskv that the tests run.
var Program string

// programEnv is the environment variable that names it. Without that, each package of tests builds its own.
const programEnv = "TEMPSKV_TEST_PROGRAM"

// Main is the TestMain of each package of tests. It gives them a separate network: what may download packages
// runs in podmantest.Outside.
func Main(m *testing.M) {
	podmantest.Alone()
	MainOutside(m)
}

// MainOutside is Main for tests whose processes need the machine's network and a server of theirs at the same time.
func MainOutside(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// run runs the tests, and then fails if what the program answered is not as the document says.
func run(m *testing.M) (code int, err error) {
	if Program = os.Getenv(programEnv); Program == "" {
		dir, err := os.MkdirTemp("", "tempskv-e2e")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		Program = filepath.Join(dir, "tempskv")
		if err := build(Program); err != nil {
			return 0, err
		}
	}
	document, err := os.ReadFile(filepath.Join(Root, "openapi", "openapi.yaml"))
	if err != nil {
		return 0, err
	}
	watch, err := contract.NewWatch(document)
	if err != nil {
		return 0, err
	}
	CheckedClient = &http.Client{Transport: watch.Transport(&http.Transport{MaxIdleConnsPerHost: 32})}
	UncheckedClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	code = m.Run()
	if err := watch.Err(); err != nil {
		return 0, fmt.Errorf("requests or responses differ from openapi/openapi.yaml:\n%w", err)
	}
	return code, nil
}

// build builds the program, so no test runs an old one.
func build(path string) error {
	cmd := podmantest.Outside(context.Background(), "go", "build", "-trimpath", "-o", path, "./local/tempskv")
	cmd.Dir = Root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}
