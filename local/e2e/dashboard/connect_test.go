// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestConnectLines runs what Connect shows for each language, as it stands.
func TestConnectLines(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/connect")
	b.Click("Make a token")
	b.Misses("dt_…")
	token := b.Text("[data-testid=token]")
	dir := t.TempDir()
	if err := os.Symlink(e2e.Program, filepath.Join(dir, "tempskv")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ language, snippet, file, command, want string }{
		{"curl", "curl", "kv.sh", "sh kv.sh", `{"result":"OK"}` + "\n" + `{"value":"hello"}` + "\n" + `{"value":1}`},
		{"TypeScript", "TypeScript", "kv.mjs", "node kv.mjs", "hello"},
		{"Go", "Go", "main.go", "go run main.go", "hello"},
		{"Python", "Python", "kv.py", "python3 kv.py", "hello"},
		{"CLI", "CLI", "cli.sh", `PATH="$PWD:$PATH" sh cli.sh`, "OK\nhello"},
		{".env", "env", ".env", "set -a; . ./.env; ./tempskv kv get greeting", "hello"},
	} {
		b.Click(c.language)
		text := b.Text("[data-testid=snippet-" + c.snippet + "]")
		if !strings.Contains(text, token) || !strings.Contains(text, s.URL) {
			t.Errorf("%s: the lines lack the token or the address: %s", c.language, text)
		}
		if err := os.WriteFile(filepath.Join(dir, c.file), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if words := strings.Fields(c.command); words[0] != "set" && !strings.Contains(words[0], "=") {
			if _, err := exec.LookPath(words[0]); err != nil {
				e2e.LeaveOut(t, "there is no %s", words[0])
			}
		}
		if got := shell(t, "cd '"+dir+"' && "+c.command); got != c.want {
			t.Errorf("%s: printed %s, want %s", c.language, got, c.want)
		}
	}
}
