// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"io"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// maxExports bounds the exports under way: each goes through all keys.
const maxExports = 4

const ndjsonType = "application/x-ndjson"

type exportRequest struct{ DataBody }

func registerExport(a *API) {
	registerData(a, operation{
		id: "kvExport", method: http.MethodPost, path: "/api/kv/export", summary: "Export all keys",
		description: "Returns every key of the project, a JSON object a line: key, value, and expires_at in milliseconds " +
			"since 1970 where it expires; what is no such key or value stands there as in backups. The last line is " +
			`{"end":{"keys":N}}: an answer without it was cut off.`,
		need: access.KvRead, media: ndjsonType, request: `{}`,
		errors: []error{kv.ErrNotSupported}, supported: (*API).supportsExport,
	}, a.export)
}

func (a *API) export(ctx context.Context, sc *scope, _ *exportRequest) (*stream, error) {
	select {
	case a.exports <- struct{}{}:
	default:
		return nil, kv.Refuse(kv.ErrUnavailable, "%d exports are under way: try again when one is over", maxExports)
	}
	return a.stream(sc, ndjsonType, sc.lease.Closing(), func(ctx context.Context, w io.Writer) error {
		defer func() { <-a.exports }()
		return a.backups.Export(ctx, sc.store, sc.project, w)
	}), nil
}

func (a *API) supportsExport() error {
	if a.backups == nil {
		return kv.Refuse(kv.ErrNotSupported, "this runtime sends its answers as a whole: use scan and mget instead")
	}
	return nil
}
