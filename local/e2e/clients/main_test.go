// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package clients_test uses the program by the clients that are generated from its document, and by the SDK for
// TypeScript.
package clients_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
