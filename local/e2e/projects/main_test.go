// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package projects_test looks for a way from one project into another, and for what a deleted project leaves.
package projects_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
