// SPDX-License-Identifier: Apache-2.0

// Package kv is the domain of tempskv: keys, values, projects, tokens, settings, and the errors of all of it. It uses
// only the standard library and does no I/O. Any package may import it; it imports none.
//
// The interfaces of stores and engines are here, too, because both the operations (package handlers) and the lifecycle
// of the service use them.
package kv
