// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"context"
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

const (
	// NoType is the Type of a key that does not exist.
	NoType = "none"
	// TooLargeType is the Type of a key whose value is larger than MaxRecordBytes and was not loaded.
	TooLargeType = "too large"
)

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

// MaxRecordBytes bounds the value of a record, in bytes: an export or a backup with a larger one fails.
const MaxRecordBytes = 64 << 20

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
