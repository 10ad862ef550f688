// SPDX-License-Identifier: Apache-2.0

package control

import "github.com/tempskv/tempskv/handlers/kv"

// ErrNoDownload is the Refusal of a download that a session has no permission for, of kind kv.ErrUnauthorized.
var ErrNoDownload = kv.Refuse(kv.ErrUnauthorized, "this link was used before, or is too old: download from the page again")
