// SPDX-License-Identifier: Apache-2.0

package control

// CacheStats tells how the memory that tokens are looked up in is used.
type CacheStats struct {
	Entries      int    // tokens in it
	Hits, Misses uint64 // tokens that could be told from it, and those that had to be read, since the start
}
