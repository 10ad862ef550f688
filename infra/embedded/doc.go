// SPDX-License-Identifier: Apache-2.0

// Package embedded keeps the keys of every project in one SQLite file, and is the engine that needs nothing else
// installed. It behaves as Redis does: where the two differ, this package is wrong.
//
// Reads run on a few connections in parallel and wait for nothing. Writes go through one goroutine, which puts all that
// wait into one transaction: they share its fsync, and each is durable when it is acknowledged. The space of deleted keys
// is used again, or released. Each page of the file has a checksum: damaged data are refused, and a scrub in the
// background finds damage in what is not read.
package embedded
