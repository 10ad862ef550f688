// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProgressIsDrawn(t *testing.T) {
	t.Parallel()
	const stream = `event: step
data: {"job":"enable","step":"pull redis:8","percent":0}

data: {"job":"enable","step":"pull redis:8","percent":50}

: a comment
data: not JSON
data: {"job":"enable","step":"pull redis:8","percent":100}

data: {"job":"enable","step":"wait for the server"}

data: {"job":"enable","done":true}
`
	var out strings.Builder
	readEvents(strings.NewReader(stream), bar{out: &terminal{to: &out}}.show)
	want := []string{
		"", "pull redis:8 ...",
		"pull redis:8 [###############...............] 50%",
		"pull redis:8 [##############################] 100%",
		"wait for the server ...",
	}
	if diff := cmp.Diff(strings.Split(out.String(), "\r\x1b[K"), want); diff != "" {
		t.Errorf("-got +want: %s", diff)
	}
}
