// SPDX-License-Identifier: Apache-2.0

// Package backups writes backups of the service or of one project, verifies and restores them, and makes them by a schedule.
// FORMAT.md beside this file says what a backup looks like. Package handlers and the main package import it; it
// imports package kv, and package lifecycle, in whose jobs everything here is done that meets the store.
package backups
