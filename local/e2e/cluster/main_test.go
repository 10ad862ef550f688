// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package cluster_test runs several servers on control data that they share.
package cluster_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
