// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/kv"
)

// maxExports bounds the exports under way: each goes through all keys.
const maxExports = 4

const ndjsonType = "application/x-ndjson"

type exportRequest struct{ DataBody }

func registerExport(a *API) {
	register(a, operation{
		id: "kvExport", method: http.MethodPost, path: "/api/kv/export", tag: dataTag, summary: "Export all keys",
		description: "Returns every key of the project, a JSON object a line: key, value, and expires_at in milliseconds " +
			"since 1970 where it expires; what is no such key or value stands there as in backups. The last line is " +
			`{"end":{"keys":N}}: an answer without it was cut off.`,
		need: kv.KvRead, media: ndjsonType, request: `{}`,
		errors: append([]error{kv.ErrNotSupported}, dataErrors...),
	}, a.export)
}

func (a *API) export(ctx context.Context, c *call, in *dataInput[exportRequest, *exportRequest]) (*huma.StreamResponse, error) {
	if a.backups == nil {
		return nil, kv.Refuse(kv.ErrNotSupported, "this runtime sends its answers as a whole: use scan and mget instead")
	}
	if err := a.checkProject(ctx, c); err != nil {
		return nil, err
	}
	if err := a.limitProject(ctx, c, c.project); err != nil {
		return nil, err
	}
	lease, err := a.service.AcquireFor(ctx, c.project)
	if err != nil {
		a.failed(err)
		return nil, err
	}
	select {
	case a.exports <- struct{}{}:
	default:
		lease.Release()
		return nil, kv.Refuse(kv.ErrUnavailable, "%d exports are under way: try again when one is over", maxExports)
	}
	return a.stream(c, ndjsonType, lease.Closing(), func(ctx context.Context, w io.Writer) error {
		defer func() { <-a.exports }()
		defer lease.Release()
		return a.backups.Export(ctx, lease.Store, c.project, w)
	}), nil
}
