// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

type scheduleBody struct {
	EveryHours    int64      `json:"every_hours" minimum:"0" maximum:"8760" example:"24" doc:"A backup of the whole service is made by itself every so many hours; 0 for never."`
	Keep          int        `json:"keep" minimum:"0" maximum:"10000" example:"7" doc:"How many backups of that kind are kept; 0 for all."`
	NextAt        *time.Time `json:"next_at" nullable:"true" doc:"When the next one is due, in UTC; null if none is."`
	LastAttemptAt *time.Time `json:"last_attempt_at" nullable:"true" doc:"When one was last begun by itself, in UTC."`
	LastSuccessAt *time.Time `json:"last_success_at" nullable:"true" doc:"When the latest backup of the whole service was begun, however it was asked for, in UTC."`
	Overdue       bool       `json:"overdue" doc:"Whether there should be a later one."`
	Error         *string    `json:"error" nullable:"true" doc:"What the last attempt failed in; null if it did not."`
}

func newScheduleBody(p archive.Schedule, now time.Time) scheduleBody {
	return scheduleBody{
		EveryHours: int64(p.Every / time.Hour), Keep: p.Keep, NextAt: timeOrNull(p.Next()), LastAttemptAt: timeOrNull(p.LastAttempt),
		LastSuccessAt: timeOrNull(p.LastSuccess), Overdue: p.Overdue(now), Error: known(p.LastError),
	}
}

// backupTrouble says what is wrong with the backups that are made by themselves. While the service is off there are none.
func (a *API) backupTrouble(ctx context.Context, enabled bool) string {
	schedule, err := a.backups.Schedule(ctx)
	switch {
	case err != nil || !enabled || schedule.Every == 0:
		return ""
	case schedule.LastError != "":
		return "the last backup failed: " + schedule.LastError
	case schedule.Overdue(a.now()):
		return fmt.Sprintf("there is no backup of the last %s", schedule.Every)
	}
	return ""
}

const scheduleExample = `{"every_hours":24,"keep":7,"next_at":"2030-01-03T15:04:05Z","last_attempt_at":"2030-01-02T15:04:05Z",` +
	`"last_success_at":"2030-01-02T15:04:05Z","overdue":false,"error":null}`

type scheduleRequest struct {
	EveryHours *int64 `json:"every_hours,omitempty" minimum:"0" maximum:"8760" example:"24" doc:"Every so many hours; 0 for never. If it is not given, as before."`
	Keep       *int   `json:"keep,omitempty" minimum:"0" maximum:"10000" example:"7" doc:"How many are kept; 0 for all. If it is not given, as before."`
}

type scheduleInput struct{ Body scheduleRequest }

type scheduleOutput struct{ Body scheduleBody }

func registerBackupSchedule(a *API) {
	register(a, operation{
		id: "getBackupSchedule", method: http.MethodGet, path: "/api/kv/backup-schedule", tag: backupsTag,
		summary: "When backups are made",
		description: "Says when backups of the whole service are made by themselves, and how that went. It answers while the place " +
			"that they are kept in cannot be reached, too.",
		need: access.SystemRead, errors: backupErrors, response: scheduleExample,
	}, func(ctx context.Context, _ *scope, _ *noInput) (*scheduleOutput, error) {
		return withBackups(a, func(s Backups) (*scheduleOutput, error) {
			schedule, err := s.Schedule(ctx)
			return &scheduleOutput{newScheduleBody(schedule, a.now())}, err
		})
	})
	register(a, operation{
		id: "updateBackupSchedule", method: http.MethodPatch, path: "/api/kv/backup-schedule", tag: backupsTag,
		summary: "Change when backups are made",
		description: "Says how often the whole service is backed up by itself, and how many of these backups are kept. The " +
			"first one is made soon. A field that is not given stays as it is. It is refused where several servers may have the " +
			"same control data, and each keeps its backups in its own directory.",
		need: access.SystemAdmin, audited: true, target: "service", errors: append([]error{kv.ErrBusy, kv.ErrConflict}, backupErrors...),
		request: `{"every_hours":24,"keep":7}`, response: scheduleExample,
	}, func(ctx context.Context, _ *scope, in *scheduleInput) (*scheduleOutput, error) {
		return withBackups(a, func(s Backups) (*scheduleOutput, error) {
			schedule, err := s.SetSchedule(ctx, in.Body.change)
			return &scheduleOutput{newScheduleBody(schedule, a.now())}, err
		})
	})
}

// change makes the schedule what the request asks for.
func (in *scheduleRequest) change(p *archive.Schedule) {
	if in.EveryHours != nil {
		p.Every = time.Duration(*in.EveryHours) * time.Hour
	}
	if in.Keep != nil {
		p.Keep = *in.Keep
	}
}
