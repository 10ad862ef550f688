// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// cargoWhere says where cargo comes from. Debian 12's package cargo is too old.
const cargoWhere = "1.85 or newer; Debian: apt install cargo, on Debian 12 cargo-web"

func generateRust(w *generatorWorkshop) {
	w.T.Helper()
	require(w.T, "cargo", cargoWhere)
	w.copyTestdata("rust")
	w.generate("rust", "rust/generated", "--additional-properties=reqwestDefaultFeatures=")
	w.Run("rust", nil, "cargo", "build", "--quiet")
	w.works("rust", "target/debug/client")
}

// TestProgenitor makes, compiles and uses the client of progenitor, which is a macro in the program.
func TestProgenitor(t *testing.T) {
	t.Parallel()
	require(t, "cargo", cargoWhere)
	w := newWorkshop(t)
	w.copyTestdata("progenitor")
	w.write("openapi-3.0.json", withoutDefaults(t, w.read("openapi-3.0.json")))
	w.Run("progenitor", nil, "cargo", "build", "--quiet")
	w.works("progenitor", "target/debug/client")
}

// withoutDefaults returns the document without default answers: progenitor takes them for successes, of which it knows one type.
func withoutDefaults(t *testing.T, text string) string {
	t.Helper()
	var document map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	for _, item := range document["paths"].(map[string]any) {
		for _, op := range item.(map[string]any) {
			delete(op.(map[string]any)["responses"].(map[string]any), "default")
		}
	}
	changed, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}
