// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package requests_test sends requests of every kind, as well-behaved clients do and as others do.
package requests_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
