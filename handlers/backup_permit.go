// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

// downloadTime is how long a browser may take to follow the link to a download.
const downloadTime = time.Minute

type downloadPermitOutput struct {
	Body struct {
		Code      access.Token `json:"code" example:"dc_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q" doc:"Send it as code in the query of downloadBackup, once."`
		ExpiresAt time.Time    `json:"expires_at" example:"2030-01-02T15:04:05Z" doc:"In UTC, a minute from now."`
	}
}

func registerPermitDownload(a *API) {
	register(a, operation{
		id: "permitDownload", method: http.MethodPost, path: "/api/kv/backups/{id}/download-code", tag: backupsTag,
		summary: "Let a link download a backup",
		description: "Returns a code with which a link in the server's own pages downloads the backup, once, within a minute. It needs the " +
			"cookie of the same session too. A caller with a token does not need one.",
		need: access.SystemAdmin, status: http.StatusCreated,
		errors:   append([]error{kv.ErrBackupNotFound, kv.ErrBackupDamaged, kv.ErrConflict}, backupErrors...),
		response: `{"code":"dc_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q","expires_at":"2030-01-02T15:04:05Z"}`,
	}, a.permitDownload)
}

func (a *API) permitDownload(ctx context.Context, sc *scope, in *BackupInput) (*downloadPermitOutput, error) {
	return withBackups(a, func(s Backups) (*downloadPermitOutput, error) {
		if _, err := s.Backup(ctx, string(in.ID)); err != nil {
			return nil, err
		}
		if sc.session == nil {
			return nil, kv.Refuse(kv.ErrConflict, "a token needs no code: send it with the download")
		}
		code, out := access.NewToken(access.DownloadCode), &downloadPermitOutput{}
		out.Body.Code, out.Body.ExpiresAt = code, a.now().Add(downloadTime).UTC()
		return out, a.sessions.PermitDownload(ctx, sc.cookie, code.Hash(), string(in.ID), out.Body.ExpiresAt)
	})
}

// byLink is byToken for a link in the server's own pages, which has a code of permitDownload in place of the session's secret.
func (sc *scope) byLink(ctx context.Context) error {
	code := sc.request.URL.Query().Get("code")
	if _, ok := sc.request.Header["Authorization"]; ok || code == "" {
		return sc.byToken(ctx)
	}
	hash, what := access.Token(code).Hash(), sc.request.PathValue("id")
	return sc.resume(ctx, sessionCookies(sc.request), func(ctx context.Context, cookie access.TokenHash) (access.Session, error) {
		return sc.api.sessions.TakeDownload(ctx, cookie, hash, what)
	})
}
