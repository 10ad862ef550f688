// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
)

// backupSchedule is a archive.Schedule as it is stored. Times are microseconds since 1970, 0 where there is none.
type backupSchedule struct {
	EveryHours  int64  `json:"every_hours"`
	Keep        int    `json:"keep"`
	Since       int64  `json:"since"`
	LastAttempt int64  `json:"last_attempt"`
	LastSuccess int64  `json:"last_success"`
	LastError   string `json:"last_error"`
}

// EncodeBackupSchedule returns the schedule as it is stored.
func EncodeBackupSchedule(p archive.Schedule) (string, error) {
	text, err := json.Marshal(backupSchedule{
		EveryHours: int64(p.Every / time.Hour), Keep: p.Keep, Since: ToMicro(p.Since), LastAttempt: ToMicro(p.LastAttempt),
		LastSuccess: ToMicro(p.LastSuccess), LastError: p.LastError,
	})
	if err != nil {
		return "", fmt.Errorf("backup schedule: %w", err)
	}
	return string(text), nil
}

// DecodeBackupSchedule is the reverse of EncodeBackupSchedule. Empty text, as before the first save, is the zero value.
func DecodeBackupSchedule(text string) (archive.Schedule, error) {
	if text == "" {
		return archive.Schedule{}, nil
	}
	var p backupSchedule
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return archive.Schedule{}, fmt.Errorf("stored backup schedule: %w", err)
	}
	return archive.Schedule{
		Every: time.Duration(p.EveryHours) * time.Hour, Keep: p.Keep, Since: FromMicro(p.Since),
		LastAttempt: FromMicro(p.LastAttempt), LastSuccess: FromMicro(p.LastSuccess), LastError: p.LastError,
	}, nil
}

// IsBackupSchedule reports whether a stored text, perhaps of another version, is that of the schedule.
func IsBackupSchedule(stored string, p archive.Schedule) (bool, error) {
	kept, err := DecodeBackupSchedule(stored)
	if err != nil {
		return false, err
	}
	text, err := EncodeBackupSchedule(kept)
	if err != nil {
		return false, err
	}
	wanted, err := EncodeBackupSchedule(p)
	return text == wanted, err
}
