// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatusTable(t *testing.T) {
	t.Parallel()
	const want = `service      on, healthy
engine       embedded
version      SQLite 3.54.1
used         80 bytes
max memory   not known
eviction     noeviction
persistence  true
`
	code, got, stderr := run(t, answer(200, `{"enabled":true,"healthy":true,"engine":"embedded",`+
		`"version":"SQLite 3.54.1","docker_image":null,"max_memory":null,"used_memory":80,"eviction":"noeviction","persistence":true}`), "status")
	if diff := cmp.Diff(want, got); code != exitOK || diff != "" {
		t.Errorf("%d, %s: %s", code, stderr, diff)
	}
}
