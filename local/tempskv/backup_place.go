// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"
	"strings"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/runtime/config"
)

// defaultPlace reports whether the settings do not say where backups are kept: then it is in the data directory.
func defaultPlace(values []config.Value) bool {
	return slices.ContainsFunc(values, func(v config.Value) bool { return v.Name == "backup-to" && v.Origin == "default" })
}

// ownDirectory reports whether backups are kept in the data directory, which no other server has.
func ownDirectory(cfg config.Config) bool { return strings.HasPrefix(cfg.BackupTo, cfg.Data+"/") }

// unshared says why no schedule can be set, empty where one can.
func unshared(cfg config.Config, values []config.Value) string {
	if cfg.Control == "" || !defaultPlace(values) && !ownDirectory(cfg) {
		return ""
	}
	return "several servers can share these control data (--control), and this one keeps its backups in " + cfg.BackupTo +
		", its own directory: start every server with --backup-to and a directory that all of them share, or with " +
		"--backup-to s3://BUCKET/PREFIX, and type again: tempskv backup schedule --every 24h --keep 7"
}

// backupWarnings returns what is wrong with the backups.
func (n *node) backupWarnings(ctx context.Context) []engine.Warning {
	if n.backups == nil {
		return nil
	}
	return n.backups.Warnings(ctx)
}
