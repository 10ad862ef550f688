// SPDX-License-Identifier: Apache-2.0

package control

import "github.com/tempskv/tempskv/handlers/kv"

// ErrLastAdmin is the error of revoking the last API key with SystemAdmin.
var ErrLastAdmin = kv.Refuse(kv.ErrConflict, "no other API key with SystemAdmin is valid for a day more: create another one first. "+
	"To revoke this one all the same, use tempskv key revoke --force, or ?force=true")
