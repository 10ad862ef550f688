// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package operator_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// TestUnitsAreSound has systemd read the units as they are installed. It says nothing of those that it understands.
func TestUnitsAreSound(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv(redistest.RequireAll) != "" {
			t.Fatal("systemd-analyze is not in PATH")
		}
		t.Skip("skipped: this test needs systemd-analyze, which is not in PATH (Debian: apt install systemd)")
	}
	for _, tt := range []struct {
		name, unit, change, says string
		user                     bool
	}{
		{name: "machine", unit: "tempskv.service"},
		{name: "user", unit: "tempskv-user.service", user: true},
		{name: "broken", unit: "tempskv.service", change: "NoNewPrivilege=yes", says: "'NoNewPrivilege'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := verifyUnit(t, tt.unit, tt.change, tt.user)
			if tt.says == "" && got != "" || !strings.Contains(got, tt.says) {
				t.Errorf("got %q, want %q", got, tt.says)
			}
		})
	}
}

// verifyUnit returns what systemd has to say of a unit, with another line in its section of the service.
func verifyUnit(t *testing.T, name, line string, user bool) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(e2e.Root, "local", "packaging", name))
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	unit := strings.NewReplacer("/usr/local/bin/tempskv", e2e.Program, "%h/.local/bin/tempskv", e2e.Program,
		"[Service]\n", "[Service]\n"+line+"\n").Replace(string(text))
	path := filepath.Join(home, "tempskv.service")
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"verify", path}
	if user {
		args = append(args, "--user")
	}
	cmd := exec.Command("systemd-analyze", args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + err.Error()
	}
	return string(out)
}
