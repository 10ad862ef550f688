// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

const (
	longName = "customer-analytics-production-eu-central-1-with-a-name-that-somebody-did-not-want-to-shorten"
	longKey  = "tenant:01J9ZK3V7M8Q2W4E6R8T0Y2U4I:workspace:marketing:document:2026-quarterly-report:revision:17"
)

// fillMore adds what is seldom seen: long names, values of each kind, errors, and a project with limits that are nearly reached.
func fillMore(t *testing.T, s *e2e.Server) {
	t.Helper()
	admin := s.Admin()
	for i := range 12 {
		s.CreateProject(fmt.Sprintf("service %d", i+1))
	}
	s.CreateProject(longName)
	s.CreateProject("日本語のプロジェクト")
	admin.Must(t, "PATCH", "/api/projects/2", e2e.Object{"limits": e2e.Object{"keys": 1, "bytes": 1 << 20, "requests_per_second": 500}}, nil)
	set := func(key string, value any) {
		t.Helper()
		admin.Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": key, "value": value}, nil)
	}
	set("text:welcome", "Hello Ada,\n\nyour order has been sent.\n\tIt arrives on Tuesday.\n")
	set("count", 42)
	set("flag", true)
	set("nothing", nil)
	set("text:log", strings.Repeat("2026-11-29T12:00:00Z INFO request answered in 12 ms by worker 7\n", 2000))
	set(longKey, e2e.Object{"title": strings.Repeat("A long title without end ", 12), "url": "https://example.com/" + strings.Repeat("a1b2c3", 40)})
	for _, body := range []e2e.Object{{"project_id": 1, "key": "greeting"}, {"project_id": 77, "key": "a"}, {"project_id": 1, "key": ""}} {
		admin.Do(t, "POST", "/api/kv/incr", body)
	}
	admin.Do(t, "POST", "/api/kv/set", e2e.Object{"project_id": 2, "key": "second", "value": 1})
}

// data looks at lists of keys, and at keys of each kind.
func (v *viewer) data() {
	v.T.Helper()
	v.open("data", "/projects/1/data", "user:", "No key chosen")
	v.Click("user:")
	check(v.Page, "Choose all in user:")
	v.see("data-folder-chosen", "4 keys chosen")
	v.open("data-flat", "/projects/1/data?view=flat", "cart:0:items")
	for name, key := range map[string]string{"text": "text:welcome", "json": "user:1002", "number": "count", "true": "flag", "null": "nothing", "long": "text:log", "long-name": longKey} {
		v.Navigate("/projects/1/data?key=" + strings.ReplaceAll(key, ":", "%3A"))
		v.Until("the value", `document.querySelector('[data-testid=value]')?.innerText.length > 1`)
		v.see("data-key-"+name, "Copy value")
	}
	v.open("data-gone", "/projects/1/data?key=missing", "There is no such key")
	v.open("data-no-match", "/projects/1/data?pattern=items*", "No key begins with")
	v.open("data-no-pattern", "/projects/1/data?pattern=*nothing*%3F", "No key matches")
}

// changes looks at editors.
func (v *viewer) changes() {
	v.T.Helper()
	v.Navigate("/projects/1/data?key=user%3A1002")
	v.Click("Change time to live")
	v.see("data-time-to-live", "Never expire")
	v.Click("Edit")
	v.Until("the editor", `document.activeElement.isContentEditable`)
	v.see("data-edit", "Its time to live is kept")
	v.Do("go to the end", chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	v.Do("type", chromedp.KeyEvent("x"))
	v.Click("Save")
	v.see("data-edit-invalid", "This is not JSON")
	v.Click("Audit")
	v.Do("go back", chromedp.NavigateBack())
	v.see("data-edit-unsaved", "These are your changes from before")
	v.Click("Discard them")
	v.Click("Add key")
	v.Fill("Key", "user:2000")
	v.see("dialog-add-key", "Add a key")
	v.Click("JSON")
	v.Fill("Value", `{"name": "Ada", "tags": [1, 2}`)
	v.see("dialog-add-key-invalid", "Not JSON yet")
	v.Click("Cancel")
}

// transfers looks at what is done with many keys.
func (v *viewer) transfers() {
	v.T.Helper()
	v.Navigate("/projects/1/data?pattern=cart%3A*")
	v.Click("Expire matching")
	v.see("dialog-expire", "When do 40 keys expire?")
	v.Click("Cancel")
	v.Click("Delete matching")
	v.see("dialog-delete", "Delete 40 keys?")
	v.Click("Cancel")
	v.Navigate("/projects/1/data?pattern=*%3A*")
	v.Click("Delete matching")
	v.see("dialog-delete-many", "to confirm")
	v.Click("Cancel")
	v.Click("Export")
	v.see("dialog-export", "Export all keys")
	v.Click("Cancel")
	v.Click("Import")
	v.see("dialog-import", "Import keys")
	lines := `{"key":"imported:1","value":1}` + "\n" + `{"key":"b","value":[1,2}` + "\nnot JSON\n" + `{"value":1}` + "\n" + `{"key":"","value":1}` + "\n" + `{"key":"greeting","value":"hello"}` + "\n"
	file := filepath.Join(v.T.TempDir(), "keys.ndjson")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		v.T.Fatal(err)
	}
	v.Mark("the file", `(within) => [within.querySelector('input[type=file]')]`)
	v.Do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("[data-mark]"), []string{file}))
	v.Click("Leave keys alone that exist already. Otherwise they are replaced.")
	v.Click("Import")
	v.see("dialog-import-result", "lines were left out")
	v.Click("Close")
	chromium.Eval[bool](v.Page, `(document.activeElement.blur(), true)`)
}
