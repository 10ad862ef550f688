// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import "testing"

// ogen is the generator, as go run names it.
const ogen = "github.com/ogen-go/ogen/cmd/ogen@v1.25.0"

// TestOgen makes, compiles and uses the client of ogen.
func TestOgen(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.copyTestdata("ogen")
	w.write("ogen/go.mod", "module example.com/client\n\ngo 1.26\n")
	w.Run("ogen", nil, "go", "run", ogen, "--target", "generated", "--package", "generated", "../openapi.yaml")
	w.Run("ogen", nil, "go", "mod", "tidy")
	w.Run("ogen", nil, "go", "build", "-o", "main", ".")
	w.works("ogen", "./main")
}
