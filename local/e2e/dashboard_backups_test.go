// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

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
)

// made returns the one backup that was not there before.
func (s *server) made(before ...backup) backup {
	s.t.Helper()
	rest := slices.DeleteFunc(s.backups(), func(b backup) bool { return slices.Contains(before, b) })
	if len(rest) != 1 {
		s.t.Fatalf("beside %+v there are %+v", before, rest)
	}
	return rest[0]
}

// lists waits until the list on the page names the id, or does not.
func (b *browser) lists(id string, want bool) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s in the list: %v", id, want),
		fmt.Sprintf(`[...document.querySelectorAll('tbody code')].some((e) => e.textContent === %s) === %v`, quote(id), want))
}

// keepSteps keeps what the page tells of jobs, which passes by.
func (b *browser) keepSteps() {
	b.t.Helper()
	eval[bool](b, `(() => {
		window.steps = '';
		new MutationObserver(() => { window.steps += document.querySelector('.job')?.innerText + '\n'; })
			.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
		return true;
	})()`)
}

// fillMany gives the project so many thousand keys, so that a backup takes a while.
func (s *server) fillMany(project, thousands int) {
	s.t.Helper()
	for i := range thousands {
		entries := make([]object, 1000)
		for k := range entries {
			entries[k] = object{"key": fmt.Sprintf("k:%d:%d", i, k), "value": k}
		}
		s.admin().must(s.t, "POST", "/api/kv/mset", object{"project_id": project, "entries": entries}, nil)
	}
}

// TestDashboardBackups is the way of an operator from no backup to one that is restored, saved and deleted.
func TestDashboardBackups(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "kept")
	s := serve(t, t.TempDir(), "--backup-to", kept)
	s.enable(object{"engine": "embedded"})
	s.project("shop")
	s.project("blog")
	s.fillMany(1, 30)
	greet := func(words string) {
		s.admin().must(t, "POST", "/api/kv/set", object{"project_id": 1, "key": "greeting", "value": words}, nil)
	}
	greeting := object{"project_id": 1, "key": "greeting"}
	greet("before")

	b := browse(t, s.url)
	b.signIn(s)
	b.click("Backups")
	b.sees("No backup yet", "None are made by themselves", kept, "Nothing is under way.")
	if got := b.path(); got != "/backups" {
		t.Errorf("the address is %s", got)
	}
	b.keepSteps()
	b.click("Back up now")
	b.sees("is made: 30,001 keys", "The whole service, 2 projects", "By hand", "1 backup")
	if steps := eval[string](b, `window.steps`); !strings.Contains(steps, "A backup is being made") {
		t.Errorf("the page told no step of it: %q", steps)
	}
	first := s.made()
	b.lists(first.ID, true)
	b.click("Verify " + first.ID)
	b.sees("is whole: 30,001 keys.")

	greet("after")
	b.restoreAll(first.ID)
	s.admin().wants(t, "get", greeting, `{"value":"before"}`)
	replaced := s.made(first)
	if replaced.Trigger != "restore" || replaced.Scope != "service" {
		t.Errorf("what was replaced is in %+v", replaced)
	}
	b.sees("What was replaced is in backup "+replaced.ID, "Before a restore")
	b.lists(replaced.ID, true)

	b.restoreShopIntoBlog(s, replaced.ID)
	s.admin().wants(t, "get", object{"project_id": 2, "key": "greeting"}, `{"value":"after"}`)
	s.admin().wants(t, "get", object{"project_id": 2, "key": "draft"}, `{"value":null}`)
	s.admin().wants(t, "get", greeting, `{"value":"before"}`)

	b.saves(first)
	b.savesNone(s)
	b.click("Delete " + first.ID)
	b.sees("Delete the backup?", "That cannot be undone.")
	b.click("Delete")
	b.lists(first.ID, false)
	for _, one := range s.backups() {
		if one.ID == first.ID {
			t.Errorf("%s is there still", first.ID)
		}
	}
}

// restoreAll restores all of a backup, first without replacing the keys that are there.
func (b *browser) restoreAll(id string) {
	b.t.Helper()
	b.click("Restore " + id)
	b.sees("what applications write meanwhile is lost", "those that were revoked or deleted since too", "nothing is done.")
	b.click("Restore")
	b.sees("project 1 holds keys already", "Request id")
	b.click("Replace the keys that are there")
	b.sees("All of them are backed up first.")
	b.fill("Type replace to confirm", "replac")
	b.until("a button that waits for the word", `document.querySelector('dialog button.danger').disabled`)
	b.fill("Type replace to confirm", "replace")
	b.click("Restore")
	b.sees("30,001 keys of backup " + id + " are restored.")
	b.until("the focus where it was", `document.activeElement.ariaLabel === `+quote("Restore "+id))
}

// restoreShopIntoBlog restores one project of a backup into another, which holds a key.
func (b *browser) restoreShopIntoBlog(s *server, id string) {
	b.t.Helper()
	s.admin().must(b.t, "POST", "/api/kv/set", object{"project_id": 2, "key": "draft", "value": true}, nil)
	b.click("Restore " + id)
	b.sees("Restore the backup")
	b.choose("What", "Project shop (1), 30,001 keys")
	b.choose("Into the project", "blog (2)")
	b.sees("30,001 keys of shop are put into blog", "If blog holds keys already, nothing is done.", "Tokens and API keys stay as they are.")
	b.click("Replace the keys that are there")
	b.sees("The keys that blog holds are backed up first, and removed.")
	b.fill("Type blog to confirm", "blog")
	b.click("Restore")
	b.sees("30,001 keys of backup "+id+" are restored.", "Project 2: blog")
}

// saves downloads a backup as the browser does, and compares it with its checksum.
func (b *browser) saves(one backup) {
	b.t.Helper()
	dir := b.t.TempDir()
	b.do("say where to save", protocol(cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
	}))
	b.click("Download " + one.ID)
	eventually(b.t, "the file of the backup", func() string {
		text, err := os.ReadFile(filepath.Join(dir, one.ID+".ndjson.gz"))
		if err != nil {
			return err.Error()
		}
		sum := sha256.Sum256(text)
		return cmp.Diff(hex.EncodeToString(sum[:]), one.SHA256)
	})
	if got := b.path(); got != "/backups" {
		b.t.Errorf("after a download the address is %s", got)
	}
}

// savesNone downloads a backup that somebody else has deleted.
func (b *browser) savesNone(s *server) {
	b.t.Helper()
	before := s.backups()
	b.click("Back up now")
	b.sees("is made:")
	gone := s.made(before...)
	b.lists(gone.ID, true)
	s.admin().must(b.t, "DELETE", "/api/kv/backups/"+gone.ID, nil, nil)
	b.click("Download " + gone.ID)
	b.sees("There is no backup with this id.", "Request id")
}

// TestDashboardBackupsWithoutTLS saves a backup of a server on another machine, where a browser does not say from which
// site a request comes.
func TestDashboardBackupsWithoutTLS(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	s.admin().must(t, "POST", "/api/kv/backups", object{}, nil)
	b := browse(t, strings.Replace(s.url, "127.0.0.1", otherMachine, 1))
	b.signIn(s)
	b.click("Backups")
	if eval[bool](b, `isSecureContext`) {
		t.Error("the browser takes the server for one on this machine")
	}
	b.saves(s.made())
}

// TestDashboardSchedulesBackups sets a schedule, and looks at how the page tells that it is kept, and that it is not.
func TestDashboardSchedulesBackups(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "disk")
	s := serve(t, t.TempDir(), "--backup-to", filepath.Join(parent, "kept"))
	s.enable(object{"engine": "embedded"})
	s.project("shop")
	// The disk is not there, so that the first one fails.
	s.admin().must(t, "PATCH", "/api/kv/backup-schedule", object{"every_hours": 12, "keep": 3}, nil)
	eventually(t, "an attempt", func() string {
		var status struct{ Backups string }
		if s.admin().must(t, "GET", "/api/kv/status", nil, &status); status.Backups == "" {
			return "nothing is wrong"
		}
		return ""
	})
	b := browse(t, s.url)
	b.signIn(s)
	b.sees("The last backup failed: "+parent, "the directory that it is to be in is not there")
	b.click("To the backups")
	b.sees("the directory that it is to be in is not there", "Request id")
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	b.open("/backups")
	b.sees("Failing", "The last attempt", "the directory that it is to be in is not there. It is tried again.",
		"The whole service, every 12 hours", "The latest 3", "None yet")
	b.click("Change schedule")
	b.fill("Every so many hours", "48")
	b.fill("Keep", "1")
	b.click("Save schedule")
	b.sees("every 2 days", "The latest one", "On time", "By the schedule", "just now")
	b.misses("Failing")

	// Nobody waits for a day and a half: what the server would tell then, the page is told now.
	eval[bool](b, `(() => {
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
	b.click("Projects")
	b.click("Backups")
	b.sees("Overdue", "There should be a later backup than there is: the last one is of")

	b.open("/backups")
	b.click("Change schedule")
	b.fill("Every so many hours", "0")
	b.click("Save schedule")
	b.sees("None are made by themselves", "Off")
}

// TestDashboardBackupsByPermission signs in with keys that may only look, or not even that, and shows a backup that is
// damaged.
func TestDashboardBackupsByPermission(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	s := serve(t, t.TempDir(), "--backup-to", kept)
	s.enable(object{"engine": "embedded"})
	s.project("shop")
	var made backup
	s.admin().must(t, "POST", "/api/kv/backups", object{"project_id": 1}, &made)
	if err := os.Truncate(filepath.Join(kept, made.ID+".json"), 10); err != nil {
		t.Fatal(err)
	}
	b := browse(t, s.url)
	b.signIn(s)
	b.click("Backups")
	b.sees(made.ID, "Damaged", "Its manifest cannot be read")
	b.click("Verify " + made.ID)
	b.sees("is not whole: the manifest of " + made.ID + " is damaged.")

	as := func(permission string) {
		var key struct{ Token string }
		s.admin().must(t, "POST", "/api/api-keys", object{"name": permission, "permissions": []string{permission}}, &key)
		b.click("Sign out")
		b.fill("API key", key.Token)
		b.click("Sign in")
		b.sees("Signed in as")
	}
	as("SystemRead")
	b.open("/backups")
	b.sees(made.ID, "Nothing is under way.", "Kept in")
	if got := eval[[]string](b, `[...document.querySelectorAll('main button, main select')].map((e) => e.innerText)`); len(got) > 0 {
		t.Errorf("a key that may look is offered %q", got)
	}
	as("KvRead")
	b.open("/backups")
	b.sees("this token lacks the permission SystemRead")
	if eval[bool](b, `[...document.querySelectorAll('nav a')].some((e) => e.innerText === 'Backups')`) {
		t.Error("a key that may not look is led to the page")
	}
}

// TestDashboardShowsHowToExport runs the line of a project's page that takes its keys along.
func TestDashboardShowsHowToExport(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.enable(object{"engine": "embedded"})
	s.project("shop")
	s.admin().must(t, "POST", "/api/kv/set", object{"project_id": 1, "key": "greeting", "value": "hello"}, nil)
	b := browse(t, s.url)
	b.signIn(s)
	b.open("/projects/1/connect")
	b.click("Make a token")
	b.misses("dt_…")
	got := shell(t, "cd '"+t.TempDir()+"' && "+b.text("[data-testid=snippet-export]")+" --silent && cat project-1.ndjson")
	want := `{"key":"greeting","value":"hello"}` + "\n" + `{"end":{"keys":1}}`
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("the file has (-got +want):\n%s", diff)
	}
}
