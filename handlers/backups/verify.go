// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/handlers/lifecycle"
)

// Verification is the result of Verify.
type Verification struct {
	Manifest
	// Problem says what is wrong with the backup, empty if nothing is.
	Problem string
	// Expired is how many of its keys have expired and would not be restored.
	Expired int64
	// Types are the Redis types of its keys other than strings, in alphabetical order.
	Types []string
}

// Verify reads a backup completely, as a restore would. It continues if ctx ends. Errors: ErrBackupNotFound; ErrBusy;
// ErrOutcomeUnknown if ctx ends first; those of the files. A damaged backup is a result, not an error.
func (s *Manager) Verify(ctx context.Context, id string) (Verification, error) {
	return runShared(ctx, s, lifecycle.Verify, func(ctx context.Context) (Verification, error) {
		m, err := s.Backup(ctx, id)
		if err != nil {
			v := Verification{Manifest: Manifest{Header: Header{ID: id}}}
			return v, v.takeDamage(err)
		}
		found, err := s.inspect(ctx, m)
		v := Verification{Manifest: m, Expired: found.expired, Types: slices.Sorted(maps.Keys(found.types))}
		if err == nil || errors.Is(err, kv.ErrBackupDamaged) {
			s.noteVerified(ctx, id, err == nil)
		}
		return v, v.takeDamage(err)
	})
}

// takeDamage turns an error of a damaged backup into the result.
func (v *Verification) takeDamage(err error) error {
	if errors.Is(err, kv.ErrBackupDamaged) {
		v.Problem = explain(err)
		return nil
	}
	return err
}

// content is what was found in a backup.
type content struct {
	access  archive.Access
	expired int64
	types   map[string]int64 // keys by type, without strings
}

// inspect reads a backup completely. Errors: ErrBackupDamaged, those of the files.
func (s *Manager) inspect(ctx context.Context, m Manifest) (content, error) {
	found := content{types: map[string]int64{}}
	started := time.Now()
	err := s.read(ctx, m, visitor{
		progress: func(percent int) { s.showProgress("read the backup", percent) },
		project: func(p access.Project) error {
			found.access.Projects = append(found.access.Projects, p)
			return nil
		},
		credential: func(c archive.Credential) error {
			found.access.Credentials = append(found.access.Credentials, c)
			return nil
		},
		records: func(records []kv.Record) error {
			for _, r := range records {
				if r.Expired(started) {
					found.expired++
				}
				if r.Type != "" {
					found.types[r.Type]++
				}
			}
			return nil
		},
	})
	return found, err
}
