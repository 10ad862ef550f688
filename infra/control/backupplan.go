// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// backupPlan is a kv.BackupPlan as it is stored. Times are microseconds since 1970, 0 where there is none.
type backupPlan struct {
	EveryHours  int64  `json:"every_hours"`
	Keep        int    `json:"keep"`
	Since       int64  `json:"since"`
	LastAttempt int64  `json:"last_attempt"`
	LastSuccess int64  `json:"last_success"`
	LastError   string `json:"last_error"`
}

// EncodeBackupPlan returns the plan as it is stored.
func EncodeBackupPlan(p kv.BackupPlan) (string, error) {
	text, err := json.Marshal(backupPlan{
		EveryHours: int64(p.Every / time.Hour), Keep: p.Keep, Since: ToMicro(p.Since), LastAttempt: ToMicro(p.LastAttempt),
		LastSuccess: ToMicro(p.LastSuccess), LastError: p.LastError,
	})
	if err != nil {
		return "", fmt.Errorf("backup plan: %w", err)
	}
	return string(text), nil
}

// DecodeBackupPlan is the reverse of EncodeBackupPlan. Empty text, as before the first save, is the zero value.
func DecodeBackupPlan(text string) (kv.BackupPlan, error) {
	if text == "" {
		return kv.BackupPlan{}, nil
	}
	var p backupPlan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return kv.BackupPlan{}, fmt.Errorf("stored backup plan: %w", err)
	}
	return kv.BackupPlan{
		Every: time.Duration(p.EveryHours) * time.Hour, Keep: p.Keep, Since: FromMicro(p.Since),
		LastAttempt: FromMicro(p.LastAttempt), LastSuccess: FromMicro(p.LastSuccess), LastError: p.LastError,
	}, nil
}

// IsBackupPlan tells whether the text that is stored, perhaps by another version, is of the plan.
func IsBackupPlan(stored string, p kv.BackupPlan) (bool, error) {
	kept, err := DecodeBackupPlan(stored)
	if err != nil {
		return false, err
	}
	text, err := EncodeBackupPlan(kept)
	if err != nil {
		return false, err
	}
	wanted, err := EncodeBackupPlan(p)
	return text == wanted, err
}
