// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

const gzipType = "application/gzip"

func registerDownloadBackup(a *API) {
	register(a, operation{
		id: "downloadBackup", method: http.MethodGet, path: "/api/kv/backups/{id}/download", tag: backupsTag,
		summary: "Download a backup",
		description: "Returns the compressed file of a backup, in which everything is: lines of JSON. Its SHA-256 is that of " +
			"getBackup. It holds the data of every project, and hashes of tokens: keep it safe. A link in the server's own " +
			"pages, which cannot carry X-CSRF-Token, has a code of permitDownload instead.",
		need: access.SystemAdmin, media: gzipType, audited: true, query: true, authenticate: (*scope).byLink,
		errors: append([]error{kv.ErrBackupNotFound, kv.ErrBackupDamaged}, backupErrors...),
	}, a.downloadBackup)
}

type downloadInput struct {
	BackupInput
	Code string `query:"code" doc:"The code of permitDownload, together with the session's cookie."`
}

func (a *API) downloadBackup(ctx context.Context, sc *scope, in *downloadInput) (*stream, error) {
	return withBackups(a, func(s Backups) (*stream, error) {
		m, file, err := s.Open(ctx, string(in.ID))
		if err != nil {
			return nil, err
		}
		header := sc.writer.Header()
		header.Set("Content-Length", strconv.FormatInt(m.Size, 10))
		header.Set("Content-Disposition", `attachment; filename="`+m.ID+`.ndjson.gz"`)
		return a.stream(sc, gzipType, [2]<-chan struct{}{}, func(ctx context.Context, w io.Writer) error {
			defer file.Close()
			defer context.AfterFunc(ctx, func() { _ = file.Close() })() // it may wait for what does not come
			_, err := io.Copy(w, file)
			return err
		}), nil
	})
}
