// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package memory_test has hostile clients make the server hold memory, in a process that is ended if it takes too much.
package memory_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
