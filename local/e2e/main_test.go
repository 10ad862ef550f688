// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package e2e_test runs the program as it is built, as processes of its own, and looks at it from outside.
package e2e_test

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

// program is the path of the tempskv that the tests run, and binDir where it lies.
var program, binDir string

// TestMain gives the tests a network of their own. Whatever may bring packages runs in podmantest.Outside.
func TestMain(m *testing.M) {
	podmantest.Alone()
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// buildAndRun builds the program once for all tests, so that none of them meets an old one.
func buildAndRun(m *testing.M) (code int, err error) {
	if binDir, err = os.MkdirTemp("", "tempskv-e2e"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(binDir)
	program = filepath.Join(binDir, "tempskv")
	build := podmantest.Outside(context.Background(), "go", "build", "-trimpath", "-o", program, "./local/tempskv")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%v: %w\n%s", build, err, out)
	}
	document, err := os.ReadFile(filepath.Join(root, "openapi", "openapi.yaml"))
	if err != nil {
		return 0, err
	}
	watch, err := contract.NewWatch(document)
	if err != nil {
		return 0, err
	}
	client = &http.Client{Transport: watch.Transport(&http.Transport{MaxIdleConnsPerHost: fleetSize})}
	crowded = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: busyCount}}
	code = m.Run()
	if err := watch.Err(); err != nil {
		return 0, fmt.Errorf("what passed is not as openapi/openapi.yaml says:\n%w", err)
	}
	return code, nil
}
