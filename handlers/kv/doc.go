// SPDX-License-Identifier: Apache-2.0

// Package kv is the core of the domain: keys, values, the interfaces of stores, and the errors of the service. It uses
// only the standard library and does no I/O. Any package may import it; it imports none.
package kv
