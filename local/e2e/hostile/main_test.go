// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package hostile_test has clients do their worst to a server that may take 1 GiB, and measures what that does to a neighbour.
package hostile_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
