// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// axe returns the accessibility checker that the dashboard's package-lock.json pins, or leaves the test out.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(installed(t, filepath.Join(e2e.Root, "local", "dashboard"), "axe-core"), "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// installed returns the directory of a package that the package-lock.json of a directory pins, or leaves the test out.
func installed(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, "node_modules", name)
	if _, err := os.Stat(path); err != nil {
		if _, err := exec.LookPath("npm"); err != nil {
			e2e.LeaveOut(t, "there is no npm to bring %s", name)
		}
		install := podmantest.Outside(t.Context(), "npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			e2e.LeaveOut(t, "npm brings no %s: %v\n%s", name, err, out)
		}
	}
	return path
}

// accessible fails the test where axe-core finds something on the page.
func accessible(b *chromium.Page, axe, name string) {
	b.T.Helper()
	found := chromium.Eval[[]struct {
		ID     string `json:"id"`
		Impact string `json:"impact"`
		Help   string `json:"help"`
		Nodes  []struct{ HTML, FailureSummary string }
	}](b, axe+`; axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, Nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ HTML: html, FailureSummary: failureSummary })) })))`)
	for _, v := range found {
		b.T.Errorf("%s: %s (%s): %s %+v", name, v.ID, v.Impact, v.Help, v.Nodes)
	}
}

// fits fails the test if the page is wider than the window.
func fits(b *chromium.Page, name string) {
	b.T.Helper()
	over := chromium.Eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
	if over > 0 {
		b.T.Errorf("%s: the page is %d px wider than the window", name, over)
	}
}

// stable fails the test if content of the page moved while it was loaded. See https://web.dev/articles/cls, which calls
// 0.1 good.
func stable(b *chromium.Page, name string) {
	b.T.Helper()
	shift := chromium.Eval[float64](b, `new Promise((tell) => {
		new PerformanceObserver((list) => tell(list.getEntries().reduce((sum, e) => sum + e.value, 0))).observe({ type: 'layout-shift', buffered: true });
		setTimeout(() => tell(0), 500);
	})`)
	if shift > 0.1 {
		b.T.Errorf("%s: the page jumps by %.3f", name, shift)
	}
}

// TestPages checks each page, in both themes, on narrow and wide screens.
func TestPages(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	s := e2e.Serve(t, t.TempDir())
	b := chromium.Open(t, s.URL)
	look := func(name string, ready ...string) {
		t.Helper()
		b.Sees(ready...)
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360, 1600} {
				b.Look(width, theme)
				full := fmt.Sprintf("%s-%s-%d", name, theme, width)
				if width < 1600 {
					accessible(b, checker, full)
				}
				fits(b, full)
			}
		}
		b.Look(1280, "light")
	}
	b.Navigate("/")
	look("sign-in", "Sign in", "API key")
	b.Navigate("/setup#" + e2e.Between(t, s.Secrets, "/setup#", "\n"))
	look("overview-off", "KV Storage is not enabled yet")
	b.Navigate("/settings")
	look("settings-off", "Enable KV Storage", "Engine")

	fillShop(t, s)
	backUpShop(t, s)
	useShop(t, s)
	for _, page := range []struct {
		name, path string
		ready      []string
	}{
		{"settings", "/settings", []string{"What runs", "Update", "Disable"}},
		{"projects", "/projects", []string{"shop", "blog"}},
		{"project", "/projects/1/overview", []string{"Traffic", "Storage", "no limit"}},
		{"connect", "/projects/1/connect", []string{"A token for this project"}},
		{"project-settings", "/projects/1/settings", []string{"Limits", "Server default (no limit)", "Delete project"}},
		{"tokens", "/projects/1/tokens", []string{"web server", "Read only"}},
		{"data", "/projects/1/data?key=user%3A1002", []string{"Ada Lovelace", "expires in"}},
		{"backups", "/backups", []string{"On time", "By the schedule", "Project 1: shop", "The whole service, 2 projects"}},
		{"api-keys", "/api-keys", []string{"ci", "Read keys and values"}},
		{"audit", "/audit", []string{"Created a project", "Turned KV Storage on"}},
		{"system", "/system", []string{"Data directory", "max-value"}},
		{"no-page", "/projects/77/data", []string{"There is no project 77"}},
		{"no-address", "/nothing", []string{"There is nothing at this address"}},
		{"overview", "/", []string{"Operations per second", "shop", "Projects, the busiest first", "Slowest operations", "99% within"}},
	} {
		b.Navigate(page.path)
		b.Sees(page.ready...)
		stable(b, page.name)
		look(page.name)
	}
	b.Navigate("/projects")
	b.Click("Create project")
	look("dialog", "Create a project")
	b.Navigate("/backups")
	whole, _ := scheduled(s)
	b.Click("Restore " + whole)
	b.Click("Replace existing keys, after backing them up")
	look("restore", "Type replace to confirm", "All of them are backed up first.")
}

// fillShop makes a service such as an operator has.
func fillShop(t *testing.T, s *e2e.Server) {
	t.Helper()
	admin := s.Admin()
	admin.Must(t, "POST", "/api/kv/enable", e2e.Object{"engine": "embedded", "max_memory": "256mb"}, nil)
	for _, name := range []string{"shop", "blog"} {
		admin.Must(t, "POST", "/api/projects", e2e.Object{"name": name}, nil)
	}
	admin.Must(t, "POST", "/api/projects/1/tokens", e2e.Object{"name": "web server"}, nil)
	admin.Must(t, "POST", "/api/projects/1/tokens", e2e.Object{"name": "dashboards", "read_only": true, "expires_at": "2099-01-01T00:00:00Z"}, nil)
	admin.Must(t, "POST", "/api/api-keys", e2e.Object{"name": "ci", "permissions": []string{"KvRead", "KvWrite"}, "project_ids": []int{1}}, nil)
	admin.Do(t, "POST", "/api/projects", e2e.Object{"name": ""})
	for i := range 40 {
		admin.Must(t, "POST", "/api/kv/mset", e2e.Object{"project_id": 1, "entries": []e2e.Object{
			{"key": fmt.Sprintf("page:views:%d", i), "value": i * 7}, {"key": fmt.Sprintf("session:%04x", i*77), "value": "open", "ex": 3600},
			{"key": fmt.Sprintf("cart:%d:items", i), "value": []int{i, i + 1}},
		}}, nil)
	}
	for i, name := range []string{"Grace Hopper", "Alan Turing", "Ada Lovelace", "Katherine Johnson"} {
		admin.Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": fmt.Sprintf("user:%d", 1000+i), "ex": 86400,
			"value": e2e.Object{"name": name, "role": "admin", "visits": 128 * i, "tags": []string{"beta", "eu"}, "address": nil}}, nil)
	}
	admin.Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": "greeting", "value": "hello"}, nil)
	admin.Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 2, "key": "draft", "value": true}, nil)
}

// backUpShop makes backups by hand, and by a schedule.
func backUpShop(t *testing.T, s *e2e.Server) {
	t.Helper()
	s.Admin().Must(t, "POST", "/api/kv/backups", e2e.Object{"project_id": 1}, nil)
	s.Admin().Must(t, "PATCH", "/api/kv/backup-schedule", e2e.Object{"every_hours": 24, "keep": 7}, nil)
	e2e.Eventually(t, "a backup by the schedule", func() string {
		if _, ok := scheduled(s); !ok {
			return "there is none"
		}
		return ""
	})
}

// scheduled returns a backup that was made by a schedule, if there is one.
func scheduled(s *e2e.Server) (id string, ok bool) {
	s.T.Helper()
	for _, one := range s.Backups() {
		if one.Trigger == "schedule" {
			return one.ID, true
		}
	}
	return "", false
}

// useShop makes calls as applications do, now more and now fewer, until the test ends.
func useShop(t *testing.T, s *e2e.Server) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var using sync.WaitGroup
	t.Cleanup(func() { stop(); using.Wait() })
	using.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		began := time.Now()
		for i := 0; ctx.Err() == nil; i++ {
			op, body := "get", e2e.Object{"project_id": 1, "key": fmt.Sprintf("user:%d", 1000+i%4)}
			if i%3 == 0 {
				op, body = "incr", e2e.Object{"project_id": 1, "key": fmt.Sprintf("page:views:%d", i%40)}
			}
			_, _ = s.Admin().Send(ctx, "POST", "/api/kv/"+op, body) // that the test ends is no fault
			if busy := int(time.Since(began).Seconds()/25) % 4; i%(1+3*busy) == 0 {
				<-tick.C
			}
		}
	})
}
