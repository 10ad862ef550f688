// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/kv/jsontext"
)

type keysByPatternRequest struct {
	DataBody
	Pattern kv.Pattern `json:"pattern" maxLength:"256" example:"user:*" doc:"A glob over bytes: * ? [a-c] [^x], and a backslash before a byte to be taken as it is. Up to 256 bytes."`
}

type keysResponse struct {
	Keys []kv.Key `json:"keys" example:"[\"user:123\"]" doc:"The names as the project gave them, each once, in no order."`
}

func (r keysResponse) appendJSON(b []byte) []byte {
	return append(appendKeys(append(b, `{"keys":`...), r.Keys), '}')
}

// What one answer of keys may hold.
const (
	maxKeysAnswer = 100_000
	keysPage      = 1000
)

func registerKeys(a *API) {
	data(a, operation{
		name: "keys", need: access.KvRead, walks: true, summary: "List keys by pattern",
		description: "Returns the keys that match a pattern, up to 100,000 and 16 MiB of names. For more use scan.",
		errors:      []error{kv.ErrTooManyKeys},
		request:     `{"pattern":"user:*"}`,
		response:    `{"keys":["user:123"]}`,
	}, a.keys)
}

// keys collects the pages of a scan, and each key once, since a scan may show a key again.
func (a *API) keys(ctx context.Context, sc *scope, in *keysByPatternRequest) (keysResponse, error) {
	keys := []kv.Key{}
	if in.Pattern == "" { // matches only the empty key, which cannot be set
		return keysResponse{keys}, nil
	}
	seen := map[kv.Key]struct{}{}
	size := int64(len("{\"keys\":[]}\n"))
	var quoted []byte
	for cursor := kv.Cursor(""); ; {
		page, err := sc.scanPage(ctx, in.Pattern, cursor, keysPage)
		if err != nil {
			return keysResponse{}, err
		}
		for _, k := range page.Keys {
			if _, again := seen[k]; again {
				continue
			}
			seen[k] = struct{}{}
			keys = append(keys, k)
			quoted = jsontext.AppendQuote(quoted[:0], string(k))
			if size += int64(len(quoted) + len(",")); len(keys) > maxKeysAnswer || size > a.bounds.MaxAnswer {
				return keysResponse{}, kv.ErrTooManyKeys
			}
		}
		if cursor = page.Cursor; cursor == "" {
			return keysResponse{keys}, nil
		}
	}
}
