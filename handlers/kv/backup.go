// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
	"io"
	"time"
)

// Record is one key as a backup holds it.
type Record struct {
	Project ProjectID
	Key     Key // as it is stored: another Redis client may have set one that is no UTF-8
	// Text is the value as it is stored, nil where Type says that there is none.
	Text []byte
	// Type is empty for a string, else the type that TYPE of Redis tells, or NoType where there is no such key.
	Type string
	// Dump is the value of another type, as DUMP of Redis writes it. Values that are the same may have other dumps: there is
	// no order in a set.
	Dump []byte
	// ExpiresAt is when the key expires, in whole milliseconds; the zero time means never.
	ExpiresAt time.Time
}

// NoType is the Type of a key that is not there.
const NoType = "none"

// Size is about how many bytes a record takes.
func (r Record) Size() int { return len(r.Key) + len(r.Text) + len(r.Dump) }

// Expired tells whether the time of the record is over.
func (r Record) Expired(now time.Time) bool { return !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) }

// Validate returns a Refusal of kind ErrInvalid if no project has such a number.
func (r Record) Validate() error {
	if r.Project < 1 || r.Project > MaxProjectID {
		return Refuse(ErrInvalid, "the record of a key has %d for its project", r.Project)
	}
	return nil
}

// Bounds of the records that are handed over at once. One larger than RecordBytes comes alone.
const (
	MaxRecords  = 1000
	RecordBytes = 4 << 20
)

// Portable is a Store whose keys can be taken to another. Records come and go at most MaxRecords and RecordBytes at a
// time. Errors, beside those of Store: what f returns.
type Portable interface {
	// PointInTime tells whether Export shows all keys as they were at one moment. If it does not, a key that is present
	// throughout comes at least once, as it was at some moment in between, and may come twice.
	PointInTime() bool
	// Export calls f with every key of the project, or of every project where p is 0. It locks nobody out. The records are
	// f's for the time of the call alone.
	Export(ctx context.Context, p ProjectID, f func([]Record) error) error
	// Import stores the records whose keys are not there and whose time is not over, and leaves keys that are there as they
	// are: it returns the indices of these records. It may be called again after an error. Errors: ErrNotSupported for a
	// Type that the store has not, ErrInvalid for a record that is not valid. What the records hold must not be changed, even
	// after an error.
	Import(ctx context.Context, records []Record) (present []int, err error)
	// Lookup returns what is stored under the projects and keys of the records, in their order. Errors: ErrTooLarge if that
	// is more than one answer of the store may hold, unless there is one record; ErrInvalid for a record that is not valid.
	Lookup(ctx context.Context, records []Record) ([]Record, error)
	// Takes tells whether Import can store values of another type than a string.
	Takes(recordType string) bool
}

// Restorer is an Engine that can be given all its keys anew.
type Restorer interface {
	// Scratch makes an empty store beside the one that is in use, for the settings. One that an earlier process left
	// behind is removed. Errors: as Engine.Enable.
	Scratch(ctx context.Context, s Settings) (Scratch, error)
}

// Scratch is a store that is to take the place of the one in use. Drop or Take ends it.
type Scratch interface {
	// Store is the store to fill. It is Portable. Whoever fills it does not close it.
	Store() Store
	// Take puts it in the place of what Enable brought up, whose store was closed before, or could not bring up, and returns
	// the store to use. What it
	// replaces is removed, or with keep, and where it could not be brought up, kept aside: ErrNotSupported where that cannot be. A
	// process that ends amid it leaves the one or the other in place, whole. If it fails, an Enable with the settings
	// from before brings back what was.
	Take(ctx context.Context, keep bool) (Store, error)
	// Aside tells, after Take, where that put what is kept aside; empty if nothing is.
	Aside() string
	// Drop removes it. What is in use stays as it is.
	Drop(ctx context.Context) error
}

// AccessData are the projects, and who may reach them, as a backup holds them.
type AccessData struct {
	Projects    []Project
	Credentials []StoredCredential
}

// StoredCredential is a credential as it is kept: whoever has it cannot make the token of it.
type StoredCredential struct {
	Credential
	Hash TokenHash
	// Unchecked tells that the token is as long as those that we make and has no checksum: an administrator's own.
	Unchecked bool
}

// Archive is the part of the control data that is backed up.
type Archive interface {
	// ExportAccess returns all projects and credentials as they are at one moment.
	ExportAccess(ctx context.Context) (AccessData, error)
	// ImportAccess makes projects and credentials be as in d, all or none of them: what is not there is added, under the
	// id that it had, a deleted project comes back, and a project that is there gets name and limits of d. What d does
	// not name stays as it is. Errors: ErrConflict if the keys of a project that d brings back are still being deleted.
	ImportAccess(ctx context.Context, d AccessData) error
}

// BackupSchedule says when the service is backed up by itself, and how that went.
type BackupSchedule struct {
	Every time.Duration // whole hours; 0: never
	Keep  int           // how many of these backups are kept; 0: all
	// Since is when Every was set last, LastAttempt when a backup was begun by itself, LastSuccess when one that was begun
	// in whatever way was complete; LastError is what the last attempt failed in, fit to be shown.
	Since, LastAttempt, LastSuccess time.Time
	LastError                       string
}

// How long after an attempt without success the next one comes, if it does not come sooner anyway.
const (
	retryTime = 15 * time.Minute
	// cutOffTime is that of an attempt that told nothing: the server ended, or another one still makes the backup.
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

// At returns the schedule with what can be true at that time: dates in its future, which a wrong clock wrote, are not known,
// so that a backup is due.
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

// Overdue reports whether there should be a later backup than there is: half of Every has gone by since it was due. Dates
// in the future of now are not known; where none is, it is overdue.
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

// BackupSchedules keeps the schedule.
type BackupSchedules interface {
	// BackupSchedule returns what was saved last, the zero value if nothing was.
	BackupSchedule(ctx context.Context) (BackupSchedule, error)
	// SwapBackupSchedule saves the schedule in place of the one before, and reports false if that is not what is stored any more.
	SwapBackupSchedule(ctx context.Context, before, after BackupSchedule) (bool, error)
}

// BackupFiles is where backups are kept: a directory, or a bucket. Names are letters, digits, '-' and '.', and begin with
// a letter or digit. Errors: ErrUnavailable, ErrTimeout, ErrStorageFull, or a Refusal that says what to check.
type BackupFiles interface {
	// Create begins a file of that name, which must not be there.
	Create(ctx context.Context, name string) (BackupFile, error)
	// Open reads a file from its beginning. Errors: ErrBackupNotFound.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List returns the files that are complete, in any order.
	List(ctx context.Context) ([]BackupFileInfo, error)
	// Sweep removes what writers left behind that are gone, such as those of a process that was killed. It leaves alone
	// what others are writing.
	Sweep(ctx context.Context) error
	// Remove removes a file, if there is one of that name.
	Remove(ctx context.Context, name string) error
	// String tells where that is, without what is secret.
	String() string
}

// BackupFile is a file that is being written. Commit or Discard ends it; Discard after Commit does nothing.
type BackupFile interface {
	io.Writer
	// Commit makes it be there, whole and on the disk.
	Commit() error
	// Discard makes it never have been.
	Discard() error
}

// BackupFileInfo is a file that is complete.
type BackupFileInfo struct {
	Name     string
	Size     int64 // bytes
	Modified time.Time
}
