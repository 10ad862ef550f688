// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
	"io"
	"time"
)

// Record is one key in a backup.
type Record struct {
	Project ProjectID
	Key     Key // as it is stored: another Redis client may have set one that is no UTF-8
	// Text is the stored value, nil if Type is set.
	Text []byte
	// Type is empty for a string, otherwise the type as TYPE of Redis reports it, or NoType if there is no such key.
	Type string
	// Dump is the value of another type, as DUMP of Redis returns it. Equal values may have different dumps: a set has
	// no order.
	Dump []byte
	// ExpiresAt is when the key expires, in whole milliseconds; the zero time means never.
	ExpiresAt time.Time
}

// NoType is the Type of a key that does not exist.
const NoType = "none"

// Size returns the approximate size of a record in bytes.
func (r Record) Size() int { return len(r.Key) + len(r.Text) + len(r.Dump) }

// Expired reports whether the record has expired.
func (r Record) Expired(now time.Time) bool { return !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) }

// Validate returns a Refusal of kind ErrInvalid if the project id is out of range.
func (r Record) Validate() error {
	if r.Project < 1 || r.Project > MaxProjectID {
		return Refuse(ErrInvalid, "the record of a key has %d for its project", r.Project)
	}
	return nil
}

// Limits of one batch of records. A record larger than RecordBytes comes alone.
const (
	MaxRecords  = 1000
	RecordBytes = 4 << 20
)

// Portable is the part of a Store that exports and imports keys, in batches of at most MaxRecords and RecordBytes.
// Errors, in addition to those of Store: what f returns.
type Portable interface {
	// PointInTime reports whether Export returns all keys as of one moment. Otherwise a key that exists throughout
	// comes at least once, as of some moment during the export, and may come twice.
	PointInTime() bool
	// Export calls f with every key of the project, or of all projects if p is 0. It blocks no other calls. The records
	// are only valid during the call.
	Export(ctx context.Context, p ProjectID, f func([]Record) error) error
	// Import stores the records that have not expired and whose keys do not exist, and returns the indices of those
	// whose keys exist. It may be repeated after an error. Errors: ErrNotSupported for a Type that the store does not
	// have, ErrInvalid for an invalid record. The contents of the records must not be changed, even after an error.
	Import(ctx context.Context, records []Record) (present []int, err error)
	// Lookup returns what is stored under the projects and keys of the records, in their order. Errors: ErrTooLarge if
	// that exceeds the answer limit, except for a single record; ErrInvalid for an invalid record.
	Lookup(ctx context.Context, records []Record) ([]Record, error)
	// Takes reports whether Import can store values of this type.
	Takes(recordType string) bool
}

// Restorer is an Engine whose keys can be replaced as a whole.
type Restorer interface {
	// Stage makes an empty store next to the one in use, for the settings. One that an earlier process left behind is
	// removed. Errors: as Engine.Enable.
	Stage(ctx context.Context, s Settings) (Staging, error)
}

// Staging is a store that is filled and then replaces the one in use. Promote or Discard ends it.
type Staging interface {
	// Store is the store to fill. The caller does not close it.
	Store() Store
	// Promote puts it in the place of the engine's store, which was closed before or could not be brought up, and returns
	// the store to use. What it replaces is removed; with keep, or if it could not be brought up, it is kept aside.
	// If the process ends in the middle, either store is in place as a whole. If Promote fails, an Enable with the settings
	// from before brings back what was. Errors: ErrNotSupported if keep is not possible.
	Promote(ctx context.Context, keep bool) (Store, error)
	// Aside returns where Promote put what is kept aside, empty if nothing is.
	Aside() string
	// Discard removes it. The store in use stays as it is.
	Discard(ctx context.Context) error
}

// AccessData are projects and credentials in a backup.
type AccessData struct {
	Projects    []Project
	Credentials []StoredCredential
}

// StoredCredential is a credential as it is stored. The token cannot be derived from it.
type StoredCredential struct {
	Credential
	Hash TokenHash
	// Unchecked says that the token has the length of generated tokens but no checksum: an administrator chose it.
	Unchecked bool
}

// Archive is the part of the control data that is backed up.
type Archive interface {
	// ExportAccess returns all projects and credentials as of one moment.
	ExportAccess(ctx context.Context) (AccessData, error)
	// ImportAccess adds or replaces the projects and credentials in d, all or none of them: missing ones are added with
	// their ids, deleted projects come back, and existing projects get the name and limits in d. Everything else stays
	// unchanged. Errors: ErrConflict if the keys of a project in d are still being deleted.
	ImportAccess(ctx context.Context, d AccessData) error
}

// BackupSchedule says when the service is backed up automatically, and how the last attempts went.
type BackupSchedule struct {
	Every time.Duration // whole hours; 0: never
	Keep  int           // how many of these backups are kept; 0: all
	// Since is when Every was last set, LastAttempt when the last scheduled backup began, LastSuccess when the last
	// complete backup of any kind began; LastError is why the last attempt failed, fit to be shown.
	Since, LastAttempt, LastSuccess time.Time
	LastError                       string
}

// How long after a failed attempt the next one comes, at the latest.
const (
	retryTime = 15 * time.Minute
	// cutOffTime applies to an attempt without a result: the server ended, or another server is still making the
	// backup.
	cutOffTime = 2 * time.Hour
)

// Next returns when the next backup is due, the zero time if none is.
func (p BackupSchedule) Next() time.Time {
	switch {
	case p.Every == 0:
		return time.Time{}
	case p.LastAttempt.Before(p.Since):
		return p.Since
	case p.LastError != "":
		return p.LastAttempt.Add(min(p.Every, retryTime))
	case p.LastSuccess.Before(p.LastAttempt):
		return p.LastAttempt.Add(min(p.Every, cutOffTime))
	}
	return p.LastAttempt.Add(p.Every)
}

// At returns the schedule without times later than now, which a wrong clock wrote: a backup is then due.
func (p BackupSchedule) At(now time.Time) BackupSchedule {
	for _, t := range []*time.Time{&p.LastAttempt, &p.LastSuccess} {
		if Impossible(*t, now) {
			*t = time.Time{}
		}
	}
	if Impossible(p.Since, now) {
		p.Since = now
		for _, t := range []time.Time{p.LastAttempt, p.LastSuccess} {
			if !t.IsZero() && t.Before(p.Since) {
				p.Since = t
			}
		}
	}
	return p
}

// Overdue reports whether the last backup is older than it should be by more than half of Every. Times later than now
// count as unknown; if none is known, a backup is overdue.
func (p BackupSchedule) Overdue(now time.Time) bool {
	last := p.LastSuccess
	if Impossible(last, now) {
		last = time.Time{}
	}
	if last.Before(p.Since) && !Impossible(p.Since, now) {
		last = p.Since
	}
	return p.Every > 0 && now.After(last.Add(p.Every+p.Every/2))
}

// BackupSchedules stores the schedule.
type BackupSchedules interface {
	// BackupSchedule returns the stored schedule, the zero value if there is none.
	BackupSchedule(ctx context.Context) (BackupSchedule, error)
	// SwapBackupSchedule replaces before with after, and reports false if the stored schedule is not before.
	SwapBackupSchedule(ctx context.Context, before, after BackupSchedule) (bool, error)
}

// BackupFiles is where backups are kept: a directory or a bucket. Names consist of letters, digits, '-' and '.', and
// begin with a letter or digit. Errors: ErrUnavailable, ErrTimeout, ErrStorageFull, or a Refusal that says what to
// check.
type BackupFiles interface {
	// Create starts a new file. Errors: ErrConflict if there is a file of that name.
	Create(ctx context.Context, name string) (BackupFile, error)
	// Open reads a file from its beginning. Errors: ErrBackupNotFound.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List returns the complete files, in any order.
	List(ctx context.Context) ([]BackupFileInfo, error)
	// Sweep removes the remains of writers that have stopped, such as a killed process. It does not touch files that
	// are being written.
	Sweep(ctx context.Context) error
	// Remove removes a file, if there is one of that name.
	Remove(ctx context.Context, name string) error
	// String describes the place, without secrets.
	String() string
}

// BackupFile is a file that is being written. Commit or Discard ends it; Discard after Commit does nothing.
type BackupFile interface {
	io.Writer
	// Commit completes the file and makes it durable.
	Commit() error
	// Discard removes the file.
	Discard() error
}

// BackupFileInfo describes a complete file.
type BackupFileInfo struct {
	Name     string
	Size     int64 // bytes
	Modified time.Time
}
