// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestVersionOf(t *testing.T) {
	t.Parallel()
	const commit = "3d745130c1e2f00d5b1c2a3f4e5d6c7b8a990011"
	for _, tt := range []struct{ linked, module, commit, want string }{
		{"0.1.0", "v0.0.9", commit, "0.1.0"},
		{"", "v0.1.0", commit, "0.1.0"},
		{"", "v0.1.0+dirty", commit + "-dirty", "0.1.0+dirty"},
		{"", "v1.2.3-rc.1", commit, "1.2.3-rc.1"},
		{"", "v0.1.1-0.20261129170500-3d745130c1e2", commit, "3d745130c1e2"},
		{"", "v0.0.0-20261129170500-3d745130c1e2+dirty", commit + "-dirty", "3d745130c1e2-dirty"},
		{"", "(devel)", commit, "3d745130c1e2"},
		{"", "(devel)", "", "development"},
		{"", "", "", "development"},
		{"", "(devel)", "0123abc", "0123abc"},
	} {
		if got := versionOf(tt.linked, tt.module, tt.commit); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}
