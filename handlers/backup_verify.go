// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/kv"
)

type verificationBody struct {
	OK      bool     `json:"ok" example:"true" doc:"Whether the backup is whole."`
	Problem *string  `json:"problem" nullable:"true" doc:"What is wrong with it; null if nothing is."`
	Keys    int64    `json:"keys" minimum:"0" example:"1234" doc:"How many keys it holds."`
	Expired int64    `json:"expired" minimum:"0" example:"0" doc:"Those of them that have expired since, and would not be restored."`
	Types   []string `json:"types" doc:"The Redis types other than string that keys have. Such keys can only be restored into a Redis."`
}

type verifyBackupOutput struct{ Body verificationBody }

func registerVerifyBackup(a *API) {
	register(a, operation{
		id: "verifyBackup", method: http.MethodPost, path: "/api/kv/backups/{id}/verify", tag: backupsTag,
		summary: "Verify a backup",
		description: "Reads a backup as a whole, as a restore would, and compares it with its checksum and its counts. It " +
			"changes nothing.",
		need: access.SystemAdmin, errors: append([]error{kv.ErrBackupNotFound, kv.ErrBusy, kv.ErrOutcomeUnknown}, backupErrors...),
		response: `{"ok":true,"problem":null,"keys":1234,"expired":0,"types":[]}`,
	}, func(ctx context.Context, sc *scope, in *BackupInput) (*verifyBackupOutput, error) {
		return withBackups(a, func(s Backups) (*verifyBackupOutput, error) {
			ctx, cancel := sc.detach(ctx)
			defer cancel()
			v, err := s.Verify(ctx, string(in.ID))
			if err != nil {
				return nil, err
			}
			return &verifyBackupOutput{verificationBody{
				v.Problem == "", known(v.Problem), v.Keys, v.Expired, append([]string{}, v.Types...),
			}}, nil
		})
	})
}
