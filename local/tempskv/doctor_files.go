// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

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

const restore = "restore it from a backup"

// quickCheck returns what PRAGMA quick_check says: "ok", or the first fault.
func quickCheck(ctx context.Context, path string) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	source := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=query_only(1)"}
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
