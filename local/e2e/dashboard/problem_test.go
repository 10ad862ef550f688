// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestDashboardProblems makes mistakes: errors are in the words of the page, and what was done before is not above them.
func TestDashboardProblems(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	b := chromium.Open(t, s.URL)
	signIn(b, s)

	b.Navigate("/settings")
	b.Fill("Max memory", "64mb")
	b.Click("Update")
	b.Until("what was done", `document.querySelector('.notice.good') !== null`)
	b.Fill("Max memory", "lots")
	b.Click("Update")
	b.Sees("Please correct this", "Max memory: ")
	b.Misses("without interruption")
	b.Misses("max_memory")
	b.Misses("body.")
	b.Until("only the error", `document.querySelector('.notice.good') === null`)
	b.Fill("Max memory", "32mb")
	b.Click("Update")
	b.Until("only what was done", `document.querySelector('.notice.good') !== null && document.querySelector('[role=alert]') === null`)

	b.Navigate("/projects/99")
	b.Sees("There is no project 99")
	b.Misses("project_not_found")
}
