// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// axe returns the accessibility checker that the dashboard's package-lock.json pins, or leaves the test out.
func axe(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(root, "local", "dashboard")
	path := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(path); err != nil {
		if _, err := exec.LookPath("npm"); err != nil {
			leaveOut(t, "there is no npm to bring axe-core")
		}
		install := podmantest.Outside(t.Context(), "npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			leaveOut(t, "npm brings no axe-core: %v\n%s", err, out)
		}
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// accessible fails the test where axe-core finds something serious on the page.
func (b *browser) accessible(axe, name string) {
	b.t.Helper()
	found := eval[[]struct {
		ID     string `json:"id"`
		Impact string `json:"impact"`
		Help   string `json:"help"`
		Nodes  []struct{ HTML, FailureSummary string }
	}](b, axe+`; axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, Nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ HTML: html, FailureSummary: failureSummary })) })))`)
	for _, v := range found {
		if v.Impact == "serious" || v.Impact == "critical" {
			b.t.Errorf("%s: %s (%s): %s %+v", name, v.ID, v.Impact, v.Help, v.Nodes)
		}
	}
}

// fits fails the test if the page is wider than the window.
func (b *browser) fits(name string) {
	b.t.Helper()
	over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
	if over > 0 {
		b.t.Errorf("%s: the page is %d px wider than the window", name, over)
	}
}

// stands fails the test if what is on the page jumped while it was loaded. See https://web.dev/articles/cls, which calls
// 0.1 good.
func (b *browser) stands(name string) {
	b.t.Helper()
	shift := eval[float64](b, `new Promise((tell) => {
		new PerformanceObserver((list) => tell(list.getEntries().reduce((sum, e) => sum + e.value, 0))).observe({ type: 'layout-shift', buffered: true });
		setTimeout(() => tell(0), 500);
	})`)
	if shift > 0.1 {
		b.t.Errorf("%s: the page jumps by %.3f", name, shift)
	}
}

// TestPages looks at each page, in both themes, as narrow and as wide as it has to be.
func TestPages(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	s := serve(t, t.TempDir())
	b := browse(t, s.url)
	look := func(name string, ready ...string) {
		t.Helper()
		b.sees(ready...)
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360, 1600} {
				b.look(width, theme)
				full := fmt.Sprintf("%s-%s-%d", name, theme, width)
				if width < 1600 {
					b.accessible(checker, full)
				}
				b.fits(full)
				b.shoot(strings.TrimSuffix(full, "-1280"))
			}
		}
		b.look(1280, "light")
	}
	b.open("/")
	look("sign-in", "Sign in", "API key")
	b.open("/setup#" + between(t, s.printed, "/setup#", "\n"))
	look("overview-off", "KV Storage is not enabled yet")
	b.open("/settings")
	look("settings-off", "Enable KV Storage", "Engine")

	fillShop(t, s)
	backUpShop(t, s)
	useShop(t, s)
	if os.Getenv("TEMPSKV_PICTURES") != "" {
		awaitFigures(t, s)
	}
	for _, page := range []struct {
		name, path string
		ready      []string
	}{
		{"settings", "/settings", []string{"What runs", "Update", "Disable"}},
		{"projects", "/projects", []string{"shop", "blog"}},
		{"connect", "/projects/1/connect", []string{"From a shell"}},
		{"tokens", "/projects/1/tokens", []string{"web server", "Read only"}},
		{"data", "/projects/1/data?key=user%3A1002", []string{"Ada Lovelace", "expires in"}},
		{"backups", "/backups", []string{"On time", "By the schedule", "Project 1: shop", "The whole service, 2 projects"}},
		{"api-keys", "/api-keys", []string{"ci", "KvRead"}},
		{"audit", "/audit", []string{"createProject", "kvEnable"}},
		{"system", "/system", []string{"Data directory", "max-value"}},
		{"no-page", "/projects/77/data", []string{"no project"}},
		{"overview", "/", []string{"Operations per second", "shop", "Keys by project", "99 % within"}},
	} {
		b.open(page.path)
		b.sees(page.ready...)
		b.stands(page.name)
		look(page.name)
	}
	b.open("/projects")
	b.click("Create project")
	look("dialog", "Create a project")
	b.open("/backups")
	whole, _ := s.scheduled()
	b.click("Restore " + whole)
	b.click("Replace the keys that are there")
	look("restore", "Type replace to confirm", "All of them are backed up first.")
}

// fillShop makes a service such as an operator has.
func fillShop(t *testing.T, s *server) {
	t.Helper()
	admin := s.admin()
	admin.must(t, "POST", "/api/kv/enable", object{"engine": "embedded", "max_memory": "256mb"}, nil)
	for _, name := range []string{"shop", "blog"} {
		admin.must(t, "POST", "/api/projects", object{"name": name}, nil)
	}
	admin.must(t, "POST", "/api/projects/1/tokens", object{"name": "web server"}, nil)
	admin.must(t, "POST", "/api/projects/1/tokens", object{"name": "dashboards", "read_only": true, "expires_at": "2099-01-01T00:00:00Z"}, nil)
	admin.must(t, "POST", "/api/api-keys", object{"name": "ci", "permissions": []string{"KvRead", "KvWrite"}, "project_ids": []int{1}}, nil)
	admin.do(t, "POST", "/api/projects", object{"name": ""})
	for i := range 40 {
		admin.must(t, "POST", "/api/kv/mset", object{"project_id": 1, "entries": []object{
			{"key": fmt.Sprintf("page:views:%d", i), "value": i * 7}, {"key": fmt.Sprintf("session:%04x", i*77), "value": "open", "ex": 3600},
			{"key": fmt.Sprintf("cart:%d:items", i), "value": []int{i, i + 1}},
		}}, nil)
	}
	for i, name := range []string{"Grace Hopper", "Alan Turing", "Ada Lovelace", "Katherine Johnson"} {
		admin.must(t, "POST", "/api/kv/set", object{"project_id": 1, "key": fmt.Sprintf("user:%d", 1000+i), "ex": 86400,
			"value": object{"name": name, "role": "admin", "visits": 128 * i, "tags": []string{"beta", "eu"}, "address": nil}}, nil)
	}
	admin.must(t, "POST", "/api/kv/set", object{"project_id": 1, "key": "greeting", "value": "hello"}, nil)
	admin.must(t, "POST", "/api/kv/set", object{"project_id": 2, "key": "draft", "value": true}, nil)
}

// backUpShop makes backups by hand, and by a schedule.
func backUpShop(t *testing.T, s *server) {
	t.Helper()
	s.admin().must(t, "POST", "/api/kv/backups", object{"project_id": 1}, nil)
	s.admin().must(t, "PATCH", "/api/kv/backup-schedule", object{"every_hours": 24, "keep": 7}, nil)
	eventually(t, "a backup by the schedule", func() string {
		if _, ok := s.scheduled(); !ok {
			return "there is none"
		}
		return ""
	})
}

// scheduled returns a backup that was made by a schedule, if there is one.
func (s *server) scheduled() (id string, ok bool) {
	s.t.Helper()
	for _, one := range s.backups() {
		if one.Trigger == "schedule" {
			return one.ID, true
		}
	}
	return "", false
}

// useShop makes calls as applications do, now more and now fewer, until the test ends.
func useShop(t *testing.T, s *server) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var using sync.WaitGroup
	t.Cleanup(func() { stop(); using.Wait() })
	using.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		began := time.Now()
		for i := 0; ctx.Err() == nil; i++ {
			op, body := "get", object{"project_id": 1, "key": fmt.Sprintf("user:%d", 1000+i%4)}
			if i%3 == 0 {
				op, body = "incr", object{"project_id": 1, "key": fmt.Sprintf("page:views:%d", i%40)}
			}
			_, _ = s.admin().send(ctx, "POST", "/api/kv/"+op, body) // that the test ends is no fault
			if busy := int(time.Since(began).Seconds()/25) % 4; i%(1+3*busy) == 0 {
				<-tick.C
			}
		}
	})
}

// awaitFigures waits until there is a line to draw.
func awaitFigures(t *testing.T, s *server) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); <-time.After(time.Second) {
		var stats struct{ Steps []any }
		if s.admin().must(t, "GET", "/api/kv/stats", nil, &stats); len(stats.Steps) >= 16 {
			return
		}
	}
	t.Fatal("there are no figures")
}
