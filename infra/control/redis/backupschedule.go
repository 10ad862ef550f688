// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/infra/control"
)

// scheduleField is the field of mainKey that holds the schedule.
const scheduleField = "backup_plan"

// BackupSchedule returns what was saved last, the zero value if nothing was.
func (s *Store) BackupSchedule(ctx context.Context) (archive.Schedule, error) {
	_, texts, err := s.read(ctx, scheduleField)
	if err != nil {
		return archive.Schedule{}, err
	}
	return control.DecodeBackupSchedule(texts[0])
}

// scheduleScript replaces the text ARGV[2] by the text ARGV[3].
const scheduleScript = `
if (redis.call('HGET', main, '` + scheduleField + `') or '') ~= ARGV[2] then
	return {'changed'}
end
redis.call('HSET', main, '` + scheduleField + `', ARGV[3])
return {'ok'}`

// SwapBackupSchedule saves the schedule in place of the one before, and reports false if that is not what is stored any
// more.
func (s *Store) SwapBackupSchedule(ctx context.Context, before, after archive.Schedule) (bool, error) {
	text, err := control.EncodeBackupSchedule(after)
	if err != nil {
		return false, err
	}
	_, texts, err := s.read(ctx, scheduleField)
	if err != nil {
		return false, err
	}
	if same, err := control.IsBackupSchedule(texts[0], before); err != nil || !same {
		return false, err
	}
	reply, err := s.change(ctx, scheduleScript, nil, texts[0], text)
	if err != nil {
		return false, err
	}
	return reply[0] == "ok", nil
}
