// SPDX-License-Identifier: Apache-2.0

// Package backup opens the place where backups are kept: package dir is a directory, package s3 a bucket. Both pass the
// tests of package backuptest. The main package of the program imports it.
package backup

import (
	"path/filepath"
	"strings"

	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup/dir"
	"github.com/tempskv/tempskv/infra/backup/s3"
)

// New returns the backups at the location: an s3:// address (see s3.New), or else a directory. Nothing is read or written
// yet. getenv is os.LookupEnv. Errors: a Refusal of kind ErrInvalid.
func New(location string, getenv func(name string) (string, bool)) (archive.Files, error) {
	if strings.HasPrefix(location, s3.Scheme) {
		files, err := s3.New(location, getenv)
		if err != nil {
			return nil, err
		}
		return files, nil
	}
	if scheme, _, ok := strings.Cut(location, "://"); location == "" || ok && !strings.Contains(scheme, "/") {
		return nil, kv.Refuse(kv.ErrInvalid, "backups are kept in a directory, or at an address such as s3://BUCKET/PREFIX")
	}
	path, err := filepath.Abs(location)
	if err != nil {
		return nil, kv.Refuse(kv.ErrInvalid, "the directory of backups has to be an absolute path")
	}
	return dir.New(path), nil
}
