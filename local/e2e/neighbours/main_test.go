// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package neighbours_test has one project do its worst, and looks at how another fares.
package neighbours_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
