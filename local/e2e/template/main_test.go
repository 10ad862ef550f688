// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package template_test runs what template.yaml deploys on AWS Lambda, and checks what the template says.
package template_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
