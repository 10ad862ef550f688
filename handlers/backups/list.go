// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/kv"
)

// maxManifest bounds what is read of a manifest, in bytes: a hundred thousand projects.
const maxManifest = 16 << 20

// List returns the backups, newest first. One whose manifest cannot be read is listed by its id alone, with Format 0.
// Errors: those of the files.
func (s *Service) List(ctx context.Context) ([]Manifest, error) {
	files, err := s.files.List(ctx)
	if err != nil {
		return nil, err
	}
	all := []Manifest{}
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name, manifestSuffix)
		if !ok || !ValidID(id) {
			continue
		}
		m, err := s.Backup(ctx, id)
		switch {
		case ctx.Err() != nil:
			return nil, err
		case errors.Is(err, kv.ErrBackupNotFound): // it was removed meanwhile
			continue
		case err != nil:
			s.log.Warn("a manifest cannot be read", "backup", id, "error", err)
			m = Manifest{Header: Header{ID: id}}
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Manifest) int { return cmp.Compare(b.ID, a.ID) })
	return all, nil
}

// Backup returns the manifest of one. Errors: ErrBackupNotFound, ErrBackupDamaged, ErrNotSupported for a later format,
// those of the files.
func (s *Service) Backup(ctx context.Context, id string) (Manifest, error) {
	if !ValidID(id) {
		return Manifest{}, kv.ErrBackupNotFound
	}
	file, err := s.files.Open(ctx, id+manifestSuffix)
	if err != nil {
		return Manifest{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxManifest))
	if err != nil {
		return Manifest{}, err
	}
	return parseManifest(id, text)
}

// Open returns the data file of a backup. Errors: those of Backup.
func (s *Service) Open(ctx context.Context, id string) (Manifest, io.ReadCloser, error) {
	m, err := s.Backup(ctx, id)
	if err != nil {
		return m, nil, err
	}
	file, err := s.files.Open(ctx, id+dataSuffix)
	return m, file, err
}

// Delete removes a backup. Errors: ErrBackupNotFound, those of the files.
func (s *Service) Delete(ctx context.Context, id string) error {
	if !ValidID(id) {
		return kv.ErrBackupNotFound
	}
	file, err := s.files.Open(ctx, id+manifestSuffix)
	if err != nil {
		return err
	}
	_ = file.Close() // it was only looked whether it is there
	for _, suffix := range []string{manifestSuffix, dataSuffix} {
		if err := s.files.Remove(ctx, id+suffix); err != nil {
			return err
		}
	}
	return nil
}

// strayTime is how old a data file without a manifest is that nobody writes any more.
const strayTime = 24 * time.Hour

// prune removes all but the newest backups that the plan made.
func (s *Service) prune(ctx context.Context, keep int) error {
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	seen := 0
	for _, m := range all {
		if m.Trigger != Scheduled {
			continue
		}
		if seen++; keep > 0 && seen > keep {
			if err := s.Delete(ctx, m.ID); err != nil {
				return err
			}
			s.log.Info("backup pruned", "id", m.ID)
		}
	}
	return nil
}

// removeStrays removes the data files of backups that were not completed, or whose removal was not.
func (s *Service) removeStrays(ctx context.Context) error {
	files, err := s.files.List(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name, dataSuffix)
		if !ok || !ValidID(id) || time.Since(f.Modified) < strayTime ||
			slices.ContainsFunc(files, func(f kv.BackupFileInfo) bool { return f.Name == id+manifestSuffix }) {
			continue
		}
		if err := s.files.Remove(ctx, f.Name); err != nil {
			return err
		}
		s.log.Info("the rest of a backup removed", "id", id)
	}
	return nil
}
