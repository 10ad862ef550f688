// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package documents_test

import (
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/documents"
)

// TestProblemOfACluster does for many_slots what TestProblemsOfARedis does.
func TestProblemOfACluster(t *testing.T) {
	t.Parallel()
	redistest.Require(t)
	c := redistest.StartCluster(t, false)
	s, token := e2e.ServeRedis(t, c.URL)
	expectProblem(t, documents.DeskAt(t, t.TempDir(), s, token, e2e.AdminKey), pages(t)["local/docs/errors/many_slots.md"])
}
