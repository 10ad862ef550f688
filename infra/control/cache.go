// SPDX-License-Identifier: Apache-2.0

package control

// CacheStats reports how the memory that tokens are looked up in is used.
type CacheStats struct {
	Entries      int    // tokens in it
	Hits, Misses uint64 // tokens that were found in it, and those that had to be read, since the start
}
