// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/tempskv/tempskv/handlers/backups"
	"github.com/tempskv/tempskv/infra/backup"
	"github.com/tempskv/tempskv/infra/sqlite"
	"github.com/tempskv/tempskv/runtime/config"

	_ "modernc.org/sqlite" // the driver
)

// checkFiles has SQLite look through the files of a server that does not run, as far as it gets in a few seconds.
func checkFiles(ctx context.Context, dir string) []finding {
	const name = "files"
	paths, _ := filepath.Glob(filepath.Join(dir, "*.db"))
	var findings []finding
	for _, path := range paths {
		text, err := quickCheck(ctx, path)
		switch base := filepath.Base(path); {
		case errors.Is(err, context.DeadlineExceeded):
			findings = append(findings, good(name, "%s is large: no fault in what could be read in %s", base, doctorTimeout))
		case err != nil:
			findings = append(findings, bad(name, fmt.Errorf("%s cannot be read: %w", path, err), restore))
		case text != "ok":
			findings = append(findings, bad(name, fmt.Errorf("%s is damaged: %s", path, text), restore))
		default:
			findings = append(findings, good(name, "%s is sound", base))
		}
	}
	return findings
}

const restore = "restore it from a backup" // the engine's finding says how

// restoreCommand says how to bring back the newest backup of the whole service.
func restoreCommand(ctx context.Context, cfg config.Config) string {
	return fmt.Sprintf("restore a backup while the server is running, which keeps the file aside: tempskv backup restore %s --replace",
		cmp.Or(newestBackup(ctx, cfg), "ID"))
}

// newestBackup returns the id of that, empty where there is none, or none can be found in a few seconds.
func newestBackup(ctx context.Context, cfg config.Config) string {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	files, err := backup.New(cfg.BackupTo, os.LookupEnv)
	if err != nil {
		return ""
	}
	all, err := backups.New(backups.Config{Files: files}).List(ctx)
	if err != nil {
		return ""
	}
	for _, m := range all {
		if m.Scope == backups.WholeService {
			return m.ID
		}
	}
	return ""
}

// quickCheck returns what PRAGMA quick_check says: "ok", or the first fault.
func quickCheck(ctx context.Context, path string) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	checked, err := sqlite.CheckURI(path)
	if err != nil {
		return "", err
	}
	source := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=query_only(1)" + checked}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&text)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return text, err
}
