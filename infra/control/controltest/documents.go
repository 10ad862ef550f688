// SPDX-License-Identifier: Apache-2.0

package controltest

import "github.com/tempskv/tempskv/handlers/engine"

// documents checks that a text is stored under its own name, only if the old one is as expected, and durably.
func documents(r *rig) {
	stored := func(name, want string) {
		r.Helper()
		for range 2 {
			got, err := r.Document(r.Context(), name)
			r.ok(err)
			r.equal("document "+name, got, want)
			r.restart()
		}
	}
	swaps := func(name, before, after string, want bool) {
		r.Helper()
		got, err := r.SwapDocument(r.Context(), name, before, after)
		r.ok(err)
		r.equal("swapped", got, want)
	}
	const first, second = `{"a":"ünd \"\n"}`, `{"b":2}`
	stored("journal", "")
	swaps("journal", second, first, false)
	swaps("journal", "", first, true)
	swaps("journal", "", second, false)
	stored("journal", first)
	stored("counts", "")
	swaps("counts", "", second, true)
	swaps("journal", first, second, true)
	swaps("journal", second, "", true)
	stored("journal", "")
	stored("counts", second)
	swaps("journal", "", "", true)
}

// restoreDocument checks that the server that stored the document of a restore returns it from memory, and after a
// restart.
func restoreDocument(r *rig) {
	remembered := func(want string) {
		r.Helper()
		for range 2 {
			got, err := r.RestoreDocument(r.Context())
			r.ok(err)
			r.equal("the document of restores", got, want)
			r.restart()
		}
	}
	remembered("")
	for _, swap := range [][2]string{{"", "one"}, {"one", "two"}, {"two", ""}} {
		done, err := r.SwapDocument(r.Context(), engine.RestoreDocument, swap[0], swap[1])
		r.ok(err)
		r.equal("swapped", done, true)
		remembered(swap[1])
	}
}
