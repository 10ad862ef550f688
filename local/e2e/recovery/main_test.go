// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package recovery_test damages, empties and takes away what the program keeps, and brings it back.
package recovery_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
