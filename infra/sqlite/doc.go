// SPDX-License-Identifier: Apache-2.0

// Package sqlite opens the SQLite files of tempskv, the stored keys (infra/embedded) and the control data
// (infra/control/sqlite), in the one way that keeps what was acknowledged, and turns SQLite's errors into those of
// package kv. Only packages of infra import it; it never reaches the Lambda binary.
package sqlite
