// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package faults_test brings about faults under load, and counts what is lost or applied twice.
package faults_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
