// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

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
	slot, err := a.exports.take(sc.project, a.now())
	if err != nil {
		return nil, err
	}
	return a.stream(sc, ndjsonType, [2]<-chan struct{}{sc.lease.Closing(), slot.ended}, func(ctx context.Context, w io.Writer) error {
		defer a.exports.leave(slot)
		err := a.backups.Export(ctx, sc.store, sc.project, exportWriter{w, slot, a.now})
		select {
		case <-slot.ended:
			return fmt.Errorf("the export of project %d was slow and made room for another: %w", sc.project, err)
		default:
			return err
		}
	}), nil
}

// exportWriter notes what the reader of an export takes.
type exportWriter struct {
	io.Writer
	slot *exportSlot
	now  func() time.Time
}

func (w exportWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.slot.note(n, w.now())
	return n, err
}

func (a *API) supportsExport() error {
	if a.backups == nil {
		return kv.Refuse(kv.ErrNotSupported, "this runtime sends its answers as a whole: use scan and mget instead")
	}
	return nil
}
