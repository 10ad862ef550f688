// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control"
)

// planField is the field of mainKey that holds the plan.
const planField = "backup_plan"

// BackupPlan returns what was saved last, the zero value if nothing was.
func (s *Store) BackupPlan(ctx context.Context) (kv.BackupPlan, error) {
	_, texts, err := s.read(ctx, planField)
	if err != nil {
		return kv.BackupPlan{}, err
	}
	return control.DecodeBackupPlan(texts[0])
}

// planScript puts the text ARGV[3] in place of the text ARGV[2].
const planScript = `
if (redis.call('HGET', main, '` + planField + `') or '') ~= ARGV[2] then
	return {'changed'}
end
redis.call('HSET', main, '` + planField + `', ARGV[3])
return {'ok'}`

// SwapBackupPlan saves the plan in place of the one before, and reports false if that is not what is stored any more.
func (s *Store) SwapBackupPlan(ctx context.Context, before, after kv.BackupPlan) (bool, error) {
	text, err := control.EncodeBackupPlan(after)
	if err != nil {
		return false, err
	}
	_, texts, err := s.read(ctx, planField)
	if err != nil {
		return false, err
	}
	if same, err := control.IsBackupPlan(texts[0], before); err != nil || !same {
		return false, err
	}
	reply, err := s.change(ctx, planScript, nil, texts[0], text)
	if err != nil {
		return false, err
	}
	return reply[0] == "ok", nil
}
