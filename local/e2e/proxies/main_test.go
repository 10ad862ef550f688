// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package proxies_test puts reverse proxies in front of the program, with the configurations of the documentation.
package proxies_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
