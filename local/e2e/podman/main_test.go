// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package podman_test runs the program over containers that it makes.
package podman_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
