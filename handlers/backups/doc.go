// SPDX-License-Identifier: Apache-2.0

// Package backups makes backups of the service or of one project, by request and by schedule, and verifies and restores
// them. FORMAT.md describes the files. Package handlers and the main package import it; it imports package kv, and package
// lifecycle, whose jobs run everything that uses the store.
package backups
