// SPDX-License-Identifier: Apache-2.0

// Package name holds the rule for names of backups, which is the same wherever they are kept. The packages next to it
// import it.
package name

import (
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// max leaves room for what a file system or a bucket puts before and after a name.
const max = 200

const (
	alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	allowed      = alphanumeric + "-."
)

// Valid reports whether a file may have the name: see archive.Files.
func Valid(s string) bool {
	return s != "" && len(s) <= max && strings.IndexByte(alphanumeric, s[0]) >= 0 && strings.Trim(s, allowed) == ""
}

// Check returns a Refusal of kind ErrInvalid if no file may have the name.
func Check(s string) error {
	if !Valid(s) {
		return kv.Refuse(kv.ErrInvalid, "the name of a backup is up to %d letters, digits, '-' and '.', and begins with a "+
			"letter or digit", max)
	}
	return nil
}

// Taken is the Refusal for a name that a file already has.
func Taken(s, where string) error {
	return kv.Refuse(kv.ErrConflict, "there is a backup %s in %s already", s, where)
}
