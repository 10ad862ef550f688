// SPDX-License-Identifier: Apache-2.0

package backup_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/backup"
)

func TestLocations(t *testing.T) {
	t.Parallel()
	getenv := func(name string) (string, bool) { return "set", strings.HasPrefix(name, "AWS_") }
	here, err := filepath.Abs("backups")
	if err != nil {
		t.Fatal(err)
	}
	for location, want := range map[string]string{
		"/srv/backups":       "/srv/backups",
		"/srv/odd://backups": "/srv/odd:/backups",
		"backups":            here,
		"s3://backups/a":     "s3://backups/a",
	} {
		files, err := backup.New(location, getenv)
		if err != nil || files.String() != want {
			t.Errorf("%s: %v, %v, want %s", location, files, err, want)
		}
	}
	for _, location := range []string{"", "https://backups", "S3://backups", "s3://"} {
		files, err := backup.New(location, getenv)
		if r, ok := errors.AsType[*kv.Refusal](err); !ok || r.Kind != kv.ErrInvalid || files != nil {
			t.Errorf("%q: %v, %v", location, files, err)
		}
	}
}
