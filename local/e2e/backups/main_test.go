// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package backups_test runs backups and restores of the program: by hand and by schedule, in a directory and in a
// bucket, and those that are killed.
package backups_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
