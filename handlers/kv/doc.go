// SPDX-License-Identifier: Apache-2.0

// Package kv is the domain of tempskv: projects, principals, keys, values, tokens, the
// settings of the service, and the errors that all of it can end in. It uses the standard
// library alone and does no I/O. Everybody may import it; it imports nobody.
//
// The interfaces that the stores and engines fulfil stand here too, because both
// the operations (package handlers) and the lifecycle of the service are their consumers.
package kv
