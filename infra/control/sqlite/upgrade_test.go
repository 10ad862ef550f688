// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"database/sql"
	_ "embed"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/archive"
	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/control/sqlite"
)

// format1 is the dump of a file that the program made when there was one migration.
//
//go:embed testdata/format1.sql
var format1 string

// file returns the path of a control.db that SQL makes.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	return path
}

// seen is what a store returns of its content.
type seen struct {
	Projects, Keys, Tokens, Audit []string
	Settings                      engine.Settings
}

func look(t *testing.T, s *sqlite.Store) (all seen) {
	t.Helper()
	projects, err := s.ListProjects(t.Context())
	keys, keysErr := s.APIKeys(t.Context())
	tokens, tokensErr := s.Tokens(t.Context(), 1)
	entries, _, auditErr := s.AuditEntries(t.Context(), 100, "")
	settings, settingsErr := s.Settings(t.Context())
	if err := errors.Join(err, keysErr, tokensErr, auditErr, settingsErr); err != nil {
		t.Fatal(err)
	}
	all.Settings = settings
	for _, p := range projects {
		all.Projects = append(all.Projects, p.Name)
	}
	for _, k := range keys {
		all.Keys = append(all.Keys, k.Name)
	}
	for _, c := range tokens {
		all.Tokens = append(all.Tokens, c.Name)
	}
	for _, e := range entries {
		all.Audit = append(all.Audit, e.Action)
	}
	return all
}

// A file of an earlier release keeps everything, its tokens still work, and its copy is next to it.
func TestFilesOfEarlierReleases(t *testing.T) {
	t.Parallel()
	path := file(t, format1)
	var log bytes.Buffer
	s := open(t, path, sqlite.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	settings := engine.DefaultSettings()
	settings.Enabled, settings.Provisioned, settings.Engine = true, true, engine.Embedded
	want := seen{
		Projects: []string{"shop", "gone"}, Keys: []string{"TEMPSKV_ADMIN_KEY", "ops"}, Tokens: []string{"web"},
		Audit:    []string{"createAPIKey", "createToken", "createProject", "createProject", "kvEnable"},
		Settings: settings,
	}
	if diff := cmp.Diff(want, look(t, s)); diff != "" {
		t.Error(diff)
	}
	for token, id := range map[access.Token]string{
		"tk_Abcdefghijklmnopqrstuvwxyz0123456789": "admin-env",
		"dt_P9BYBlrebpnGSwU5ElnJtFIpMtVhbU1V57RJ": "f5uldl3lxyn4",
		"tk_PPiLEYSvyiWsqhReiRYJNtb8ETx3FZ27x3S3": "6pah5d4mk7ss",
	} {
		if p, err := s.Authenticate(t.Context(), token); err != nil || p.ID != id {
			t.Errorf("%s: got %+v, %v", token, p, err)
		}
	}
	if s.ID() == "" {
		t.Error("the control data have no id")
	}
	if p, err := s.BackupSchedule(t.Context()); err != nil || p != (archive.Schedule{}) {
		t.Errorf("a schedule of backups: %+v, %v", p, err)
	}
	if ok, err := s.SwapBackupSchedule(t.Context(), archive.Schedule{}, archive.Schedule{Every: time.Hour}); err != nil || !ok {
		t.Errorf("the first schedule of backups: %v, %v", ok, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), path+".v1") {
		t.Errorf("the log does not name the copy: %s", log.String())
	}
	if _, err := os.Stat(path + ".v1"); err != nil {
		t.Error(err)
	}
}

func TestNewerFilesAreRefusedByName(t *testing.T) {
	t.Parallel()
	path := file(t, format1+"PRAGMA user_version = 99;")
	_, err := sqlite.Open(t.Context(), path, sqlite.Config{})
	r, ok := errors.AsType[*kv.Refusal](err)
	if !ok || !strings.Contains(r.Detail, path) || !strings.Contains(r.Detail, "format 99") || !strings.Contains(r.Detail, "run that version") {
		t.Errorf("got %v", err)
	}
}
