// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// Backups is a backups.Manager. A runtime that has none does not carry what makes them.
type Backups interface {
	backupMaker
	backupShelf
	// Schedule and SetSchedule read and change when backups are made by themselves.
	Schedule(ctx context.Context) (archive.Schedule, error)
	SetSchedule(ctx context.Context, change func(*archive.Schedule)) (archive.Schedule, error)
}

// backupMaker is the part of Backups that reads or writes all keys, or a whole backup.
type backupMaker interface {
	Create(ctx context.Context, project kv.ProjectID) (backups.Manifest, error)
	Verify(ctx context.Context, id string) (backups.Verification, error)
	Restore(ctx context.Context, id string, o backups.RestoreOptions) (backups.Restored, error)
	Export(ctx context.Context, store kv.Store, project kv.ProjectID, w io.Writer) error
}

// backupShelf is the part of Backups that manages existing backups.
type backupShelf interface {
	List(ctx context.Context) ([]backups.Manifest, error)
	Backup(ctx context.Context, id string) (backups.Manifest, error)
	Open(ctx context.Context, id string) (backups.Manifest, io.ReadCloser, error)
	Delete(ctx context.Context, id string) error
	Location() string
}

type backupBody struct {
	ID          string          `json:"id" example:"20300102T150405Z-k3v7x2ab" doc:"Names it in calls, and its two files."`
	CreatedAt   *time.Time      `json:"created_at" nullable:"true" example:"2030-01-02T15:04:05Z" doc:"When it was begun, in UTC; null where its manifest cannot be read."`
	FinishedAt  *time.Time      `json:"finished_at" nullable:"true" example:"2030-01-02T15:04:09Z" doc:"When it was complete, in UTC."`
	Scope       string          `json:"scope" enum:"service,project,unknown" example:"service" doc:"service: every project, and who may reach what; project: the keys of one."`
	ProjectID   *kv.ProjectID   `json:"project_id" nullable:"true" doc:"The project of a backup of one."`
	Trigger     string          `json:"trigger" enum:"manual,schedule,restore,unknown" example:"manual" doc:"What it was made for; restore: what a restore replaced."`
	Engine      string          `json:"engine" example:"podman" doc:"The engine that held the keys."`
	Server      string          `json:"server" example:"8.2.1" doc:"The version of its server."`
	Version     string          `json:"version" example:"1.0.0" doc:"Of the tempskv that made it."`
	PointInTime bool            `json:"point_in_time" doc:"Whether all keys are as they were at created_at; else each is as it was at some moment until finished_at."`
	Keys        int64           `json:"keys" minimum:"0" example:"1234" doc:"How many keys it holds."`
	Projects    []backupProject `json:"projects" doc:"By id."`
	Credentials int             `json:"credentials" minimum:"0" example:"3" doc:"How many tokens and API keys it holds, as hashes."`
	Size        int64           `json:"size" minimum:"0" example:"52143" doc:"Of its compressed file, in bytes."`
	SHA256      string          `json:"sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" doc:"Of its compressed file."`
	Deleting    []kv.ProjectID  `json:"deleting" doc:"Projects that were being deleted, or were deleted while it was made: of their keys all or some are missing."`
	Damaged     bool            `json:"damaged" doc:"Whether a file of it is missing, has the wrong size, or cannot be read: see problem. What is in its data file is looked at by verifying it alone."`
	Problem     *string         `json:"problem" nullable:"true" example:"its data file is missing" doc:"What is wrong with its files; null if nothing is."`
}

type backupProject struct {
	ID   kv.ProjectID `json:"id" minimum:"1" maximum:"9007199254740991" example:"1"`
	Name string       `json:"name" example:"shop"`
	Keys int64        `json:"keys" minimum:"0" example:"1234"`
}

func newBackupBody(m backups.Manifest) backupBody {
	b := backupBody{
		ID: m.ID, CreatedAt: timeOrNull(m.CreatedAt), FinishedAt: timeOrNull(m.FinishedAt),
		Scope: string(m.Scope), Trigger: string(m.Trigger), Engine: string(m.Engine), Server: m.Server, Version: m.Version,
		PointInTime: m.PointInTime, Keys: m.Keys, Projects: make([]backupProject, len(m.Projects)),
		Credentials: m.Credentials, Size: m.Size, SHA256: m.SHA256, Deleting: append([]kv.ProjectID{}, m.Deleting...), Problem: known(m.Problem),
		Damaged: m.Format == 0 || m.Problem != "",
	}
	if m.Format == 0 {
		b.Scope, b.Trigger = "unknown", "unknown"
	}
	if m.Project != 0 {
		b.ProjectID = &m.Project
	}
	for i, p := range m.Projects {
		b.Projects[i] = backupProject(p)
	}
	return b
}

const backupExample = `{"id":"20300102T150405Z-k3v7x2ab","created_at":"2030-01-02T15:04:05Z",` +
	`"finished_at":"2030-01-02T15:04:09Z","scope":"service","project_id":null,"trigger":"manual","engine":"podman",` +
	`"server":"8.2.1","version":"1.0.0","point_in_time":false,"keys":1234,"projects":[{"id":1,"name":"shop","keys":1234}],` +
	`"credentials":3,"size":52143,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","deleting":[],"damaged":false,"problem":null}`

// backupID is the id of a backup in a path.
type backupID string

// backupIDPattern is looser than what ids are: what no backup has is not found.
var backupIDPattern = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// Schema is what the document shows.
func (backupID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: backupIDPattern.String()}
}

// BackupInput is a part of the input of operations on one backup. It is exported because huma passes over embedded types
// that are not.
type BackupInput struct {
	ID backupID `path:"id" example:"20300102T150405Z-k3v7x2ab" doc:"The backup."`
}

func (in *BackupInput) check(f *body.Violations) {
	if !backupIDPattern.MatchString(string(in.ID)) {
		f.Add("path.id", "must be the id of a backup, as the list shows it")
	}
}

func (in *BackupInput) target() string {
	if !backupIDPattern.MatchString(string(in.ID)) {
		return "backup:"
	}
	return "backup:" + string(in.ID)
}

type backupOutput struct{ Body backupBody }

type backupRequest struct {
	ProjectID int64 `json:"project_id,omitempty" minimum:"1" maximum:"9007199254740991" example:"1" doc:"Backs up the keys of this project alone. If it is not given, the whole service."`
}

type createBackupInput struct{ Body backupRequest }

type backupsOutput struct {
	Body struct {
		Backups  []backupBody `json:"backups" doc:"Those first that were complete last."`
		Location string       `json:"location" example:"/srv/kv/backups" doc:"Where they are kept."`
		Schedule scheduleBody `json:"schedule"`
	}
}

// backupErrors are the errors that all operations on backups have in common.
var backupErrors = []error{kv.ErrNotSupported}

func registerBackups(a *API) {
	register(a, operation{
		id: "createBackup", method: http.MethodPost, path: "/api/kv/backups", tag: backupsTag, summary: "Make a backup",
		description: "Backs up the whole service (the keys of every project, projects, and the hashes of tokens and API keys) " +
			"or the keys of one project, while the service goes on. It goes on if the caller leaves; /api/kv/events tells how " +
			"far it is.",
		need: access.SystemAdmin, status: http.StatusCreated, audited: true, target: "service",
		errors:  append([]error{kv.ErrProjectNotFound, kv.ErrBusy, kv.ErrDisabled, kv.ErrOutcomeUnknown}, backupErrors...),
		request: `{}`, response: backupExample,
	}, a.createBackup)
	register(a, operation{
		id: "listBackups", method: http.MethodGet, path: "/api/kv/backups", tag: backupsTag, summary: "List backups",
		description: "Returns the backups that there are, where they are kept, and when the next one is made by itself.",
		need:        access.SystemRead, errors: backupErrors,
		response: `{"backups":[` + backupExample + `],"location":"/srv/kv/backups","schedule":` + scheduleExample + `}`,
	}, a.listBackups)
	register(a, operation{
		id: "getBackup", method: http.MethodGet, path: "/api/kv/backups/{id}", tag: backupsTag, summary: "Show a backup",
		description: "Returns what a backup says of itself.", need: access.SystemRead,
		errors: append([]error{kv.ErrBackupNotFound, kv.ErrBackupDamaged}, backupErrors...), response: backupExample,
	}, func(ctx context.Context, _ *scope, in *BackupInput) (*backupOutput, error) {
		return withBackups(a, func(s Backups) (*backupOutput, error) {
			m, err := s.Backup(ctx, string(in.ID))
			return &backupOutput{newBackupBody(m)}, err
		})
	})
	register(a, operation{
		id: "deleteBackup", method: http.MethodDelete, path: "/api/kv/backups/{id}", tag: backupsTag, summary: "Delete a backup",
		description: "Removes a backup for good.", need: access.SystemAdmin, status: http.StatusNoContent, audited: true,
		errors: append([]error{kv.ErrBackupNotFound}, backupErrors...),
	}, func(ctx context.Context, _ *scope, in *BackupInput) (*struct{}, error) {
		return withBackups(a, func(s Backups) (*struct{}, error) { return nil, s.Delete(ctx, string(in.ID)) })
	})
	registerVerifyBackup(a)
	registerRestoreBackup(a)
	registerDownloadBackup(a)
	registerPermitDownload(a)
	registerBackupSchedule(a)
}

var errNoBackups = kv.Refuse(kv.ErrNotSupported, "this runtime keeps no backups: see those of what stands behind it")

// withBackups runs do, which needs backups.
func withBackups[T any](a *API, do func(s Backups) (T, error)) (T, error) {
	if a.backups == nil {
		return *new(T), errNoBackups
	}
	return do(a.backups)
}

func (a *API) createBackup(ctx context.Context, sc *scope, in *createBackupInput) (*backupOutput, error) {
	return withBackups(a, func(s Backups) (*backupOutput, error) {
		ctx, cancel := sc.detach(ctx)
		defer cancel()
		m, err := s.Create(ctx, kv.ProjectID(in.Body.ProjectID))
		if err != nil {
			return nil, err
		}
		sc.target = "backup:" + m.ID
		return &backupOutput{newBackupBody(m)}, nil
	})
}

func (a *API) listBackups(ctx context.Context, _ *scope, _ *noInput) (*backupsOutput, error) {
	return withBackups(a, func(s Backups) (*backupsOutput, error) {
		all, err := s.List(ctx)
		if err != nil {
			return nil, err
		}
		schedule, err := s.Schedule(ctx)
		if err != nil {
			return nil, err
		}
		out := &backupsOutput{}
		out.Body.Location, out.Body.Schedule = s.Location(), newScheduleBody(schedule, a.now())
		out.Body.Backups = make([]backupBody, len(all))
		for i, m := range all {
			out.Body.Backups[i] = newBackupBody(m)
		}
		return out, nil
	})
}
