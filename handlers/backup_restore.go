// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/kv"
)

type restoreRequest struct {
	ProjectID int64 `json:"project_id,omitempty" minimum:"1" maximum:"9007199254740991" example:"1" doc:"Restores the keys of this project of the backup alone. If it is not given, everything in it."`
	Into      int64 `json:"into,omitempty" minimum:"1" maximum:"9007199254740991" example:"2" doc:"The project that gets them, which has to be there. If it is not given, the one that they were of."`
	Replace   bool  `json:"replace,omitempty" doc:"Replaces the keys that are there, after a backup of them. Without it a restore that meets keys is refused."`
	KeysOnly  bool  `json:"keys_only,omitempty" doc:"Leaves projects, tokens and API keys as they are."`
}

type restoreBackupInput struct {
	BackupInput
	Body restoreRequest
}

type restoredBody struct {
	Success bool    `json:"success" example:"true" doc:"Always true."`
	Message string  `json:"message" example:"The backup is restored." doc:"What was done, in a sentence."`
	Keys    int64   `json:"keys" minimum:"0" example:"1234" doc:"How many keys of the backup are there now."`
	Expired int64   `json:"expired" minimum:"0" example:"0" doc:"Those that were not restored, since they have expired."`
	Changed int64   `json:"changed" minimum:"0" example:"0" doc:"Always 0: data calls are refused meanwhile."`
	Before  *string `json:"before" nullable:"true" example:"20300102T160405Z-q5w2e3cd" doc:"The backup of what was replaced; null if there was nothing."`
	Aside   *string `json:"kept_aside,omitempty" example:"/var/lib/tempskv/data.db.aside-20300102T160405Z" doc:"Where data are kept that were replaced and could not be read for a backup, as a damaged file; absent if there are none."`
}

type restoreBackupOutput struct{ Body restoredBody }

const restoreBackup = "restoreBackup"

func registerRestoreBackup(a *API) {
	register(a, operation{
		id: restoreBackup, method: http.MethodPost, path: "/api/kv/backups/{id}/restore", tag: backupsTag,
		summary: "Restore a backup",
		description: "Restores all of a backup, or one project. Data calls of the projects are refused (503, kv_unavailable) from " +
			"the backup of what is replaced on until every key was read back, at every server, so that nothing that was " +
			"acknowledged is lost: it is in the one backup or in the other. With the engines embedded and podman, a backup of " +
			"the whole service goes into an empty store next to the one in use, and data calls are refused only while what is " +
			"replaced is backed up and the other store takes its place. Projects, tokens and API keys of the backup come back " +
			"as they were, those revoked since too; those made since stay. It goes on if the caller leaves and if the server " +
			"ends: then this server or another one goes on, or goes back to what was before, and the status says so until it is over. " +
			"With the engine embedded, data that cannot be read are kept aside instead of backed up, and the engine need not be up.",
		need: access.SystemAdmin, audited: true,
		errors: append([]error{kv.ErrBackupNotFound, kv.ErrProjectNotFound, kv.ErrBackupDamaged, kv.ErrConflict, kv.ErrBusy,
			kv.ErrDisabled, kv.ErrOutOfMemory, kv.ErrOutcomeUnknown}, backupErrors...),
		request: `{"replace":true}`,
		response: `{"success":true,"message":"The backup is restored.","keys":1234,"expired":0,"changed":0,` +
			`"before":"20300102T160405Z-q5w2e3cd"}`,
	}, a.restoreBackup)
}

func (a *API) restoreBackup(ctx context.Context, sc *scope, in *restoreBackupInput) (*restoreBackupOutput, error) {
	return withBackups(a, func(s Backups) (*restoreBackupOutput, error) {
		ctx, cancel := sc.detach(ctx)
		defer cancel()
		r, err := s.Restore(ctx, string(in.ID), backups.RestoreOptions{
			Project: kv.ProjectID(in.Body.ProjectID), Into: kv.ProjectID(in.Body.Into), Replace: in.Body.Replace, KeysOnly: in.Body.KeysOnly,
			By: access.AuditEntry{
				Actor: actor(sc.principal), Action: restoreBackup, Target: sc.target, IP: sc.ip, RequestID: sc.requestID,
			},
		})
		sc.recorded = r.Recorded // when it is over, which it may not be yet
		if err != nil {
			return nil, err
		}
		return &restoreBackupOutput{restoredBody{
			true, "The backup is restored.", r.Keys, r.Expired, r.Changed, known(r.Before), known(r.Aside),
		}}, nil
	})
}
