// SPDX-License-Identifier: Apache-2.0

package backups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
)

// maxManifest is the largest manifest that is read, in bytes: a hundred thousand projects.
const maxManifest = 16 << 20

// List returns the backups, the last completed first. Problem says what is wrong with the files of a backup, as far as that
// can be seen without reading them. A backup whose manifest is missing or unreadable has only its id and Format 0.
// Errors: those of the files.
func (s *Manager) List(ctx context.Context) ([]Manifest, error) {
	files, all, err := s.list(ctx)
	if !errors.Is(ctx.Err(), context.Canceled) { // the caller left
		s.catalog.listed(files, all, err, s.clock.Elapsed())
	}
	return all, err
}

// Kept is like List, for the files of a service that is not running.
func Kept(ctx context.Context, files archive.Files) ([]Manifest, error) {
	return New(Config{Files: files}).List(ctx)
}

func (s *Manager) list(ctx context.Context) (map[string]archive.FileInfo, []Manifest, error) {
	listed, err := s.files.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	files := make(map[string]archive.FileInfo, len(listed))
	for _, f := range listed {
		files[f.Name] = f
	}
	all := []Manifest{}
	for _, f := range listed {
		m, err := s.listed(ctx, f, files)
		switch {
		case errors.Is(err, kv.ErrBackupNotFound): // removed meanwhile
		case err != nil:
			return nil, nil, err
		case m.ID != "":
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b Manifest) int {
		return cmp.Or(cmp.Compare(b.Sequence, a.Sequence), cmp.Compare(b.ID, a.ID))
	})
	return files, all, nil
}

// listed returns the backup of a file, or the zero value if another file of the backup stands for it.
func (s *Manager) listed(ctx context.Context, f archive.FileInfo, files map[string]archive.FileInfo) (Manifest, error) {
	if id, ok := strings.CutSuffix(f.Name, dataSuffix); ok && ValidID(id) {
		_, whole := files[id+manifestSuffix]
		if whole || s.age(f) < settledTime { // its manifest may be about to be written
			return Manifest{}, nil
		}
		return Manifest{Header: Header{ID: id}, Problem: "its manifest is missing"}, nil
	}
	id, ok := strings.CutSuffix(f.Name, manifestSuffix)
	if !ok || !ValidID(id) {
		return Manifest{}, nil
	}
	m, known := s.catalog.manifest(f)
	if !known {
		var err error
		m, err = s.Backup(ctx, id)
		switch {
		case ctx.Err() != nil || errors.Is(err, kv.ErrBackupNotFound):
			return m, err
		case err != nil:
			s.log.Warn("a manifest cannot be read", "backup", id, "error", err)
			return Manifest{Header: Header{ID: id}, Problem: "its manifest cannot be read"}, nil
		}
		s.catalog.cache(f, m)
	}
	m.Problem = ""
	switch data, there := files[id+dataSuffix]; {
	case !there:
		m.Problem = "its data file is missing"
	case data.Size != m.Size:
		m.Problem = fmt.Sprintf("its data file has %d bytes, and should have %d", data.Size, m.Size)
	}
	return m, nil
}

// Backup returns the manifest of a backup. Errors: ErrBackupNotFound, ErrBackupDamaged, ErrNotSupported for a later format,
// those of the files.
func (s *Manager) Backup(ctx context.Context, id string) (Manifest, error) {
	if !ValidID(id) {
		return Manifest{}, kv.ErrBackupNotFound
	}
	file, err := s.files.Open(ctx, id+manifestSuffix)
	if err != nil {
		return Manifest{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	if err != nil {
		return Manifest{}, err
	}
	m, err := parseManifest(id, text)
	m.Problem = s.catalog.problem(id)
	return m, err
}

// Open returns the data file of a backup. Errors: those of Backup.
func (s *Manager) Open(ctx context.Context, id string) (Manifest, io.ReadCloser, error) {
	m, err := s.Backup(ctx, id)
	if err != nil {
		return m, nil, err
	}
	file, err := s.files.Open(ctx, id+dataSuffix)
	return m, file, err
}

// Delete removes a backup, complete or not. Errors: ErrBackupNotFound, ErrBusy while it is being restored, those of the files.
func (s *Manager) Delete(ctx context.Context, id string) error {
	if !ValidID(id) {
		return kv.ErrBackupNotFound
	}
	if err := s.checkNotRestoring(ctx, id); err != nil {
		return err
	}
	there := false
	for _, suffix := range []string{manifestSuffix, dataSuffix} {
		switch file, err := s.files.Open(ctx, id+suffix); {
		case err == nil:
			there = true
			_ = file.Close() // only its existence matters
		case !errors.Is(err, kv.ErrBackupNotFound):
			return err
		}
	}
	if !there {
		return kv.ErrBackupNotFound
	}
	for _, suffix := range []string{manifestSuffix, dataSuffix} {
		if err := s.files.Remove(ctx, id+suffix); err != nil {
			return err
		}
	}
	return nil
}

const (
	// strayTime is the age of a data file without a manifest that is certainly not being written.
	strayTime = 24 * time.Hour
	// settledTime is the age at which another server would have written the manifest.
	settledTime = 15 * time.Minute
)

// age returns how long ago a file was written. A time in the future comes from a wrong clock and counts as long ago.
func (s *Manager) age(f archive.FileInfo) time.Duration { return s.clock.Wall().Sub(f.Modified).Abs() }

// removeLeftovers removes incomplete backups of an earlier process.
func (s *Manager) removeLeftovers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	age := settledTime
	if s.exclusive {
		age = 0
	}
	if err := errors.Join(s.files.Sweep(ctx), s.removeStrays(ctx, age)); err != nil && ctx.Err() == nil {
		s.log.Warn("remove the remains of incomplete backups", "error", err)
	}
}

// removeStrays removes the data files of at least that age that have no manifest: the backup, or its removal, was not
// completed.
func (s *Manager) removeStrays(ctx context.Context, old time.Duration) error {
	files, err := s.files.List(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name, dataSuffix)
		if !ok || !ValidID(id) || s.age(f) < old ||
			slices.ContainsFunc(files, func(f archive.FileInfo) bool { return f.Name == id+manifestSuffix }) {
			continue
		}
		if err := s.files.Remove(ctx, f.Name); err != nil {
			return err
		}
		s.log.Info("removed the remains of a backup", "id", id)
	}
	return nil
}
