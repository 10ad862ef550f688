// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/runtime/config"
)

func TestDataDirectory(t *testing.T) {
	t.Parallel()
	bare := "/var/lib/tempskv"
	if os.Geteuid() != 0 {
		bare, _ = filepath.Abs("tempskv-data")
	}
	env := map[string]string{"TEMPSKV_DATA": "/c", "XDG_DATA_HOME": "/d", "HOME": "/e"}
	without := func(names ...string) map[string]string {
		left := map[string]string{}
		for name, text := range env {
			if !slices.Contains(names, name) {
				left[name] = text
			}
		}
		return left
	}
	for _, tt := range []struct {
		name  string
		flags map[string]string
		env   map[string]string
		want  string
	}{
		{"flag", map[string]string{"data": "/b"}, env, "/b"},
		{"variable", nil, env, "/c"},
		{"XDG", nil, without("TEMPSKV_DATA"), "/d/tempskv"},
		{"home", nil, without("TEMPSKV_DATA", "XDG_DATA_HOME"), "/e/.local/share/tempskv"},
		{"relative XDG is ignored", nil, map[string]string{"XDG_DATA_HOME": "x", "HOME": "/e"}, "/e/.local/share/tempskv"},
		{"nothing", nil, nil, bare},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := config.Load(config.Sources{Flags: tt.flags, LookupEnv: lookup(tt.env)})
			if err != nil {
				t.Fatal(err)
			}
			if c.Data != tt.want {
				t.Errorf("got %s, want %s", c.Data, tt.want)
			}
		})
	}
}

func TestBackupsAreInTheDataDirectory(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs("there")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		flags, env map[string]string
		file       string
		want       string
	}{
		{"default", nil, map[string]string{"HOME": "/e"}, "", "/e/.local/share/tempskv/backups"},
		{"data directory of the file", nil, nil, "data: /srv/kv\n", "/srv/kv/backups"},
		{"data directory of a flag", map[string]string{"data": "/b"}, nil, "data: /srv/kv\n", "/b/backups"},
		{"relative", map[string]string{"backup-to": "there"}, nil, "", here},
		{"absolute", nil, map[string]string{"TEMPSKV_BACKUP_TO": "/mnt/odd://x"}, "", "/mnt/odd:/x"},
		{"bucket", nil, nil, "backup-to: s3://a/b?path_style=true\n", "s3://a/b?path_style=true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, values, err := config.Load(sources(t, tt.flags, tt.env, tt.file))
			if err != nil || c.BackupTo != tt.want {
				t.Errorf("got %s, %v, want %s", c.BackupTo, err, tt.want)
			}
			if v := find(t, values, "backup-to"); v.Origin == "default" && v.Shown() != tt.want {
				t.Errorf("it is shown as %s", v.Shown())
			}
		})
	}
}

func TestFileInTheDataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "tempskv.yaml")
	s := config.Sources{Flags: map[string]string{"data": dir}, LookupEnv: lookup(nil)}
	for _, tt := range []struct{ text, wantAddr, wantErr string }{
		{"addr: :1\n", ":1", ""},
		{"# nothing set\n", "127.0.0.1:8379", ""},
		{"", "127.0.0.1:8379", ""},
		{"data: /elsewhere\n", "", "cannot move it"},
	} {
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, _, err := config.Load(s)
		if tt.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("%q: got %v, want %q", tt.text, err, tt.wantErr)
			}
			continue
		}
		if err != nil || c.Addr != tt.wantAddr {
			t.Errorf("%q: got %q, %v, want %q", tt.text, c.Addr, err, tt.wantAddr)
		}
	}
}

func TestNamedFileMustBeThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.yaml")
	for name, s := range map[string]config.Sources{
		"flag":     {File: path, LookupEnv: lookup(nil)},
		"variable": {LookupEnv: lookup(map[string]string{"TEMPSKV_CONFIG": path})},
	} {
		if _, _, err := config.Load(s); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that names the file", name, err)
		}
	}
}
