// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

// cargoWhere says where cargo comes from. That of Debian 12's package cargo is too old.
const cargoWhere = "1.85 or newer; Debian: apt install cargo or, on Debian 12, cargo-web"

func generateRust(w *generatorWorkshop) {
	w.T.Helper()
	require(w.T, "cargo", cargoWhere)
	w.copyTestdata("rust")
	w.generate("rust", "rust/generated", "--additional-properties=reqwestDefaultFeatures=")
	w.Run("rust", nil, "cargo", "build", "--quiet")
	w.works("rust", "target/debug/client")
}
