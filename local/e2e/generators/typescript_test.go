// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

func generateTypeScriptFetch(w *generatorWorkshop) {
	w.T.Helper()
	require(w.T, "npm", "Debian: apt install nodejs npm")
	w.copyTestdata("typescript-fetch")
	w.generate("typescript-fetch", "typescript-fetch/generated", "--additional-properties=importFileExtension=.js")
	w.Run("typescript-fetch", nil, "npm", "ci", "--silent", "--ignore-scripts", "--prefer-offline")
	w.Run("typescript-fetch", nil, "node_modules/.bin/tsc", "-p", ".")
	w.works("typescript-fetch", "node", "main.js")
}
