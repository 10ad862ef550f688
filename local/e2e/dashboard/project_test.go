// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"net/http"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// TestProjectPage renames a project, limits it, sees what it holds, and whose token is about to end.
func TestProjectPage(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	for _, key := range []string{"a", "b", "c"} {
		s.Admin().Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": key, "value": 1}, nil)
	}
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Click("shop")
	tile(b, "Keys | 3 | no limit")
	tile(b, "Storage | 198 B | no limit")

	b.Click("Settings")
	b.Fill("Name of the project", "store")
	b.Click("Rename")
	b.Sees("The project is now called store.")
	b.Until("the new name", `document.querySelector('h1').innerText === 'store'`)
	b.Choose("Keys", "Own limit")
	b.Fill("Limit: keys", "three")
	b.Sees("This is not a number.")
	b.Fill("Limit: keys", "3")
	b.Choose("Storage", "Own limit")
	b.Fill("Limit: storage", "2 KB")
	b.Choose("Requests per second", "No limit")
	b.Click("Save limits")
	b.Sees("The limits are changed.")
	var p struct {
		Limits struct {
			RequestsPerSecond int `json:"requests_per_second"`
			Keys, Bytes       int
		}
	}
	s.Admin().Must(t, http.MethodGet, "/api/projects/1", nil, &p)
	if p.Limits.RequestsPerSecond != -1 || p.Limits.Keys != 3 || p.Limits.Bytes != 2048 {
		t.Errorf("got %+v", p)
	}
	b.Navigate("/projects/1/overview")
	tile(b, "Keys | 3 | of 3")
	tile(b, "Storage | 198 B | of 2 KB")
	b.Navigate("/projects/1/settings")
	b.Choose("Keys", "Server default")
	b.Click("Save limits")
	b.Sees("The limits are changed.")
	s.Admin().Must(t, http.MethodGet, "/api/projects/1", nil, &p)
	if p.Limits.Keys != 0 || p.Limits.Bytes != 2048 {
		t.Errorf("got %+v", p)
	}

	b.Click("Tokens")
	b.Click("Create token")
	b.Fill("Name", "web")
	b.Choose("Expires", "In 1 day")
	b.Click("Create")
	token := b.Text("[data-testid=token]")
	b.Click("Done")
	if got := row(b, "Deployment tokens", "web"); got[3] != "never" || got[4] != "in 23 h 59 min" && got[4] != "in 1 d" {
		t.Errorf("got %q", got)
	}
	s.As(token).Must(t, http.MethodPost, "/api/kv/get", e2e.Object{"key": "a"}, nil)
	e2e.Eventually(t, "the use of the token", func() string {
		var list struct {
			Tokens []struct {
				Name       string
				LastUsedAt *string `json:"last_used_at"`
			}
		}
		s.Admin().Must(t, http.MethodGet, "/api/projects/1/tokens", nil, &list)
		if last := list.Tokens[len(list.Tokens)-1]; last.Name != "web" || last.LastUsedAt == nil {
			return "it is not recorded"
		}
		return ""
	})
	b.Navigate("/projects/1/tokens")
	if got := row(b, "Deployment tokens", "web"); got[3] != "just now" {
		t.Errorf("got %q", got)
	}
}

// TestProjectOfReader shows a key that may read only data, and one that may change nothing, what they may see.
func TestProjectOfReader(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	b := chromium.Open(t, s.URL)
	as := func(permission string) {
		t.Helper()
		var key struct{ Token string }
		s.Admin().Must(t, "POST", "/api/api-keys", e2e.Object{"name": permission, "permissions": []string{permission}}, &key)
		b.Navigate("/")
		b.Fill("API key", key.Token)
		b.Click("Sign in")
		b.Sees("Overview")
	}
	as("SystemRead")
	b.Navigate("/projects/1")
	b.Sees("Traffic")
	b.Misses("Name and limits")
	b.Click("Settings")
	b.Sees("Only an API key that may do everything can change these.")
	b.Misses("Delete project")
	b.Click("Sign out")
	b.Sees("API key")
	as("KvRead")
	b.Navigate("/projects/1")
	b.Sees("No keys yet")
	b.Misses("Tokens")
}

// TestAPIKeyOfProjects creates a key by what it allows, for one project by its name.
func TestAPIKeyOfProjects(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	s.CreateProject("blog")
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/api-keys")
	b.Click("Create API key")
	b.Fill("Name", "reader")
	b.Click("Write and delete keys")
	b.Choose("Keys of which projects", "Only these projects")
	b.Until("no key of no project", `[...document.querySelectorAll('dialog button')].find((b) => b.textContent === 'Create').disabled`)
	b.Click("blog")
	b.Click("Create")
	token := b.Text("[data-testid=token]")
	b.Click("Done")
	if got := row(b, "API keys", "reader"); got[2] != "Read keys and values" || got[3] != "blog" {
		t.Errorf("got %q", got)
	}
	for project, want := range map[int]int{1: http.StatusForbidden, 2: http.StatusOK} {
		if r := s.As(token).Do(t, http.MethodPost, "/api/kv/get", e2e.Object{"project_id": project, "key": "a"}); r.Status != want {
			t.Errorf("project %d: %s", project, r)
		}
	}
	if r := s.As(token).Do(t, http.MethodPost, "/api/kv/set", e2e.Object{"project_id": 2, "key": "a", "value": 1}); r.Status != http.StatusForbidden {
		t.Errorf("a write by a key that only reads: %s", r)
	}
}

// TestNotFound opens what is not there.
func TestNotFound(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	for path, text := range map[string]string{
		"/nothing": "There is nothing at this address", "/projects/1/nothing": "There is nothing at this address",
		"/projects/7": "There is no project 7", "/projects/shop/data": "There is no project shop",
	} {
		b.Navigate(path)
		b.Sees("Not found", text)
		b.Click("Go to the overview")
		b.Sees("KV Storage is not enabled yet")
	}
}
