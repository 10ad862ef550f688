// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/chromium"
)

// made returns the one backup that was not there before.
func made(s *e2e.Server, before ...e2e.Backup) e2e.Backup {
	s.T.Helper()
	rest := slices.DeleteFunc(s.Backups(), func(b e2e.Backup) bool { return slices.Contains(before, b) })
	if len(rest) != 1 {
		s.T.Fatalf("in addition to %+v there are %+v", before, rest)
	}
	return rest[0]
}

// lists waits until the list on the page names the id, or does not.
func lists(b *chromium.Page, id string, want bool) {
	b.T.Helper()
	b.Until(fmt.Sprintf("%s in the list: %v", id, want),
		fmt.Sprintf(`[...document.querySelectorAll('tbody code')].some((e) => e.textContent === %s) === %v`, chromium.Quote(id), want))
}

// keepSteps records the progress of jobs that the page shows for a short time.
func keepSteps(b *chromium.Page) {
	b.T.Helper()
	chromium.Eval[bool](b, `(() => {
		window.steps = '';
		new MutationObserver(() => { window.steps += document.querySelector('.job')?.innerText + '\n'; })
			.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
		return true;
	})()`)
}

// fillMany gives the project so many thousand keys that a backup takes a while.
func fillMany(s *e2e.Server, project, thousands int) {
	s.T.Helper()
	for i := range thousands {
		entries := make([]e2e.Object, 1000)
		for k := range entries {
			entries[k] = e2e.Object{"key": fmt.Sprintf("k:%d:%d", i, k), "value": k}
		}
		s.Admin().Must(s.T, "POST", "/api/kv/mset", e2e.Object{"project_id": project, "entries": entries}, nil)
	}
}

// TestDashboardBackups does what an operator does, from no backup to one that is restored, saved and deleted.
func TestDashboardBackups(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "kept")
	s := e2e.Serve(t, t.TempDir(), "--backup-to", kept)
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	s.CreateProject("blog")
	fillMany(s, 1, 30)
	greet := func(words string) {
		s.Admin().Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": "greeting", "value": words}, nil)
	}
	greeting := e2e.Object{"project_id": 1, "key": "greeting"}
	greet("before")

	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Click("Backups")
	b.Sees("No backup yet", "No automatic backups", kept, "Nothing is running.")
	b.At("/backups")
	b.Click("Back up now")
	b.Sees("was made: 30,001 keys", "The whole service, 2 projects", "By hand", "1 backup")
	first := made(s)
	lists(b, first.ID, true)
	b.Click("Verify " + first.ID)
	b.Sees("is whole: 30,001 keys.")

	greet("after")
	restoreAll(b, first.ID)
	s.Admin().Expect(t, "get", greeting, `{"value":"before"}`)
	replaced := made(s, first)
	if replaced.Trigger != "restore" || replaced.Scope != "service" {
		t.Errorf("what was replaced is in %+v", replaced)
	}
	b.Sees("What was replaced is in backup "+replaced.ID, "Before a restore")
	lists(b, replaced.ID, true)

	restoreShopIntoBlog(b, s, replaced.ID)
	s.Admin().Expect(t, "get", e2e.Object{"project_id": 2, "key": "greeting"}, `{"value":"after"}`)
	s.Admin().Expect(t, "get", e2e.Object{"project_id": 2, "key": "draft"}, `{"value":null}`)
	s.Admin().Expect(t, "get", greeting, `{"value":"before"}`)

	saves(b, first)
	savesNone(b, s)
	b.Click("Delete " + first.ID)
	b.Sees("Delete the backup?", "This cannot be undone.")
	b.Click("Delete")
	lists(b, first.ID, false)
	for _, one := range s.Backups() {
		if one.ID == first.ID {
			t.Errorf("%s still exists", first.ID)
		}
	}
	showsSteps(b)
}

// showsSteps makes backups until the page has shown a step of one: a reader that is slow misses those that are over.
func showsSteps(b *chromium.Page) {
	b.T.Helper()
	keepSteps(b)
	e2e.Eventually(b.T, "a step of a backup", func() string {
		b.Click("Back up now")
		b.Sees("was made:")
		if steps := chromium.Eval[string](b, `window.steps`); !strings.Contains(steps, "A backup is being made") {
			return fmt.Sprintf("the page showed %q", steps)
		}
		return ""
	})
}

// restoreAll restores all of a backup, first without replacing the keys that are there.
func restoreAll(b *chromium.Page, id string) {
	b.T.Helper()
	b.Click("Restore " + id)
	b.Sees("what applications write during the restore is lost", "including those revoked or deleted since", "nothing is done.")
	b.Click("Restore")
	b.Sees("Project 1 already holds keys", "Request id")
	b.Click("Replace existing keys, after backing them up")
	b.Sees("All of them are backed up first.")
	b.Fill("Type replace to confirm", "replac")
	b.Until("a button that waits for the word", `document.querySelector('dialog button.danger').disabled`)
	b.Fill("Type replace to confirm", "replace")
	b.Click("Restore")
	b.Sees("30,001 keys of backup " + id + " are restored.")
	b.Until("the focus where it was", `document.activeElement.ariaLabel === `+chromium.Quote("Restore "+id))
}

// restoreShopIntoBlog restores one project of a backup into another, which holds a key.
func restoreShopIntoBlog(b *chromium.Page, s *e2e.Server, id string) {
	b.T.Helper()
	s.Admin().Must(b.T, "POST", "/api/kv/set", e2e.Object{"project_id": 2, "key": "draft", "value": true}, nil)
	b.Click("Restore " + id)
	b.Sees("Restore the backup")
	b.Choose("What", "Project shop (1), 30,001 keys")
	b.Choose("Into the project", "blog (2)")
	b.Sees("30,001 keys of shop are written to blog", "If blog already has keys, nothing is done.", "Tokens and API keys stay as they are.")
	b.Click("Replace existing keys, after backing them up")
	b.Sees("The keys of blog are backed up first, and deleted.")
	b.Fill("Type blog to confirm", "blog")
	b.Click("Restore")
	b.Sees("30,001 keys of backup "+id+" are restored.", "Project 2: blog")
}

// saves downloads a backup as the browser does, and compares it with its checksum.
func saves(b *chromium.Page, one e2e.Backup) {
	b.T.Helper()
	dir := b.T.TempDir()
	b.Do("say where to save", chromium.Protocol(cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
	}))
	before := b.Path()
	b.Click("Download " + one.ID)
	e2e.Eventually(b.T, "the file of the backup", func() string {
		text, err := os.ReadFile(filepath.Join(dir, one.ID+".ndjson.gz"))
		if err != nil {
			return err.Error()
		}
		sum := sha256.Sum256(text)
		return cmp.Diff(hex.EncodeToString(sum[:]), one.SHA256)
	})
	if got := b.Path(); got != before || !strings.HasSuffix(got, "/backups") {
		b.T.Errorf("after a download the address is %s", got)
	}
}

// savesNone downloads a backup that was deleted after the page was loaded.
func savesNone(b *chromium.Page, s *e2e.Server) {
	b.T.Helper()
	before := s.Backups()
	b.Click("Back up now")
	b.Sees("was made:")
	gone := made(s, before...)
	lists(b, gone.ID, true)
	s.Admin().Must(b.T, "DELETE", "/api/kv/backups/"+gone.ID, nil, nil)
	b.Click("Download " + gone.ID)
	b.Sees("There is no backup with this id.", "Request id")
}

// TestDashboardBackupsWithoutTLS saves a backup of a server on another machine, where a browser does not say from which
// site a request comes.
func TestDashboardBackupsWithoutTLS(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.Admin().Must(t, "POST", "/api/kv/backups", e2e.Object{}, nil)
	b := chromium.Open(t, strings.Replace(s.URL, "127.0.0.1", chromium.OtherMachine, 1))
	signIn(b, s)
	b.Click("Backups")
	if chromium.Eval[bool](b, `isSecureContext`) {
		t.Error("the browser treats the server as one on this machine")
	}
	saves(b, made(s))
}

// TestDashboardSchedulesBackups sets a schedule, and checks that the page shows whether it is kept.
func TestDashboardSchedulesBackups(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "disk")
	s := e2e.Serve(t, t.TempDir(), "--backup-to", filepath.Join(parent, "kept"))
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	// The disk is missing, so the first backup fails.
	s.Admin().Must(t, "PATCH", "/api/kv/backup-schedule", e2e.Object{"every_hours": 12, "keep": 3}, nil)
	e2e.Eventually(t, "an attempt", func() string {
		var status struct{ Backups string }
		if s.Admin().Must(t, "GET", "/api/kv/status", nil, &status); status.Backups == "" {
			return "nothing is wrong"
		}
		return ""
	})
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Sees("The last backup failed: "+parent, "the directory that it is to be in is not there")
	b.Click("Go to the backups")
	b.Sees("he directory that it is to be in is not there", "Request id")
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	b.Navigate("/backups")
	b.Sees("Failing", "The last attempt", "the directory that it is to be in is not there. It will be tried again.",
		"The whole service, every 12 hours", "The latest 3", "None yet")
	b.Click("Change schedule")
	b.Fill("Interval in hours", "48")
	b.Fill("Keep", "1")
	b.Click("Save schedule")
	b.Sees("every 2 days", "The latest one", "On time", "By the schedule", "just now")
	b.Misses("Failing")

	// The test cannot wait for a day and a half: it gives the page the answer of that time.
	chromium.Eval[bool](b, `(() => {
		const real = window.fetch;
		window.fetch = async (request, ...rest) => {
			const answer = await real(request, ...rest);
			if (!request.url?.endsWith('/api/kv/backups')) return answer;
			const all = await answer.json();
			all.schedule.overdue = true;
			return Response.json(all);
		};
		return true;
	})()`)
	b.Click("Projects")
	b.Click("Backups")
	b.Sees("Overdue", "A backup is overdue: the last one is of")

	b.Navigate("/backups")
	b.Click("Change schedule")
	b.Fill("Interval in hours", "0")
	b.Click("Save schedule")
	b.Sees("No automatic backups", "Off")
}

// TestDashboardBackupsByPermission signs in with keys that may only look, or not even that, and shows a backup that is
// damaged.
func TestDashboardBackupsByPermission(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	s := e2e.Serve(t, t.TempDir(), "--backup-to", kept)
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	var made e2e.Backup
	s.Admin().Must(t, "POST", "/api/kv/backups", e2e.Object{"project_id": 1}, &made)
	if err := os.Truncate(filepath.Join(kept, made.ID+".json"), 10); err != nil {
		t.Fatal(err)
	}
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Click("Backups")
	b.Sees(made.ID, "Damaged", "Its manifest cannot be read")
	b.Click("Verify " + made.ID)
	b.Sees("is not whole: the manifest of " + made.ID + " is damaged.")

	as := func(permission string) {
		var key struct{ Token string }
		s.Admin().Must(t, "POST", "/api/api-keys", e2e.Object{"name": permission, "permissions": []string{permission}}, &key)
		b.Click("Sign out")
		b.Fill("API key", key.Token)
		b.Click("Sign in")
		b.Sees("Signed in as")
	}
	as("SystemRead")
	b.Navigate("/backups")
	b.Sees(made.ID, "Nothing is running.", "Kept in")
	if got := chromium.Eval[[]string](b, `[...document.querySelectorAll('main button, main select')].map((e) => e.innerText)`); len(got) > 0 {
		t.Errorf("a key that may only read sees %q", got)
	}
	as("KvRead")
	b.Navigate("/backups")
	b.Sees(`This token lacks the permission "See the server, projects and the audit log"`)
	if chromium.Eval[bool](b, `[...document.querySelectorAll('nav a')].some((e) => e.innerText === 'Backups')`) {
		t.Error("a key without the permission sees a link to the page")
	}
}

// TestDashboardShowsHowToExport runs the line of a project's page that takes its keys along.
func TestDashboardShowsHowToExport(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir())
	s.Enable(e2e.Object{"engine": "embedded"})
	s.CreateProject("shop")
	s.Admin().Must(t, "POST", "/api/kv/set", e2e.Object{"project_id": 1, "key": "greeting", "value": "hello"}, nil)
	b := chromium.Open(t, s.URL)
	signIn(b, s)
	b.Navigate("/projects/1/connect")
	b.Click("Make a token")
	b.Misses("dt_…")
	got := shell(t, "cd '"+t.TempDir()+"' && "+b.Text("[data-testid=snippet-export]")+" --silent && cat project-1.ndjson")
	want := `{"key":"greeting","value":"hello"}` + "\n" + `{"end":{"keys":1}}`
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("the file has (-got +want):\n%s", diff)
	}
}
