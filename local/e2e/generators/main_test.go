// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package generators_test makes clients of the document with generators that are downloaded, compiles them, and uses them. make clients
// runs it.
package generators_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
