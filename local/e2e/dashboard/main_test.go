// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package dashboard_test uses the dashboard in a browser.
package dashboard_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
