// SPDX-License-Identifier: Apache-2.0

package sums_test

import (
	"testing"

	"github.com/tempskv/tempskv/infra/sqlite/sums"
)

// BenchmarkSound checks one page, which is what a read that misses SQLite's cache costs more, for each page.
func BenchmarkSound(b *testing.B) {
	page := make([]byte, sums.PageSize)
	sums.Seal(page, 0)
	for b.Loop() {
		if !sums.Sound(page, 0) {
			b.Fatal("a page is not sound")
		}
	}
}
