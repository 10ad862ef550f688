// SPDX-License-Identifier: Apache-2.0

package kv

// Usage is what a project stores.
type Usage struct{ Keys, Bytes int64 }

// KeyOverhead is added to the bytes of a key and its value.
const KeyOverhead = 64
