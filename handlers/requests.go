// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"github.com/tempskv/tempskv/handlers/kv"
)

// keyRequest is the body of the operations on one key that take nothing else.
type keyRequest struct {
	DataBody
	Key kv.Key `json:"key" minLength:"1" maxLength:"32768" example:"user:123" doc:"1 byte to 32 KiB of UTF-8, any character."`
}

// keysRequest is the body of the operations on many keys.
type keysRequest struct {
	DataBody
	Keys []kv.Key `json:"keys" minItems:"1" maxItems:"1000" minLength:"1" maxLength:"32768" example:"[\"user:123\",\"user:124\"]" doc:"1 to 1000 keys, each 1 byte to 32 KiB of UTF-8."`
}
