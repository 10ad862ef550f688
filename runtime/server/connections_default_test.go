// SPDX-License-Identifier: Apache-2.0

package server

import "testing"

func TestDefaultConnections(t *testing.T) {
	t.Parallel()
	files := defaultConnections(0)
	if files < 1 || files > 16<<10 {
		t.Errorf("%d connections", files)
	}
	if got, want := defaultConnections(1<<20), 8; got != want {
		t.Errorf("with 1 MiB of memory %d connections, want %d", got, want)
	}
	if got := defaultConnections(1 << 40); got != files {
		t.Errorf("with 1 TiB of memory %d connections, want %d", got, files)
	}
}
