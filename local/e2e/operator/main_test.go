// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package operator_test does what those do who run the program: set it up, watch it, restart it and its Redis.
package operator_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
