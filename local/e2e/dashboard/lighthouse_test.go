// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package dashboard_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestLighthouse runs Lighthouse on pages as they are for somebody who is signed in. Not parallel: it measures time.
func TestLighthouse(t *testing.T) {
	dir := filepath.Join(e2e.Root, "local", "e2e", "dashboard", "lighthouse")
	installed(t, dir, "lighthouse")
	browser, err := exec.LookPath("chromium")
	if err != nil {
		e2e.LeaveOut(t, "there is no chromium")
	}
	s := e2e.Serve(t, t.TempDir())
	fillShop(t, s)
	args := []string{"run.js", browser, t.TempDir(), s.URL + "/setup#" + e2e.Between(t, s.Secrets, "/setup#", "\n"), "desktop"}
	paths := []string{"/", "/projects/1/overview", "/projects/1/data?key=user:1002", "/api-keys"}
	for _, path := range paths {
		args = append(args, s.URL+path)
	}
	run := exec.CommandContext(t.Context(), "node", args...)
	var stderr bytes.Buffer
	run.Dir, run.Stderr = dir, &stderr
	out, err := run.Output()
	if err != nil {
		t.Fatalf("lighthouse: %v\n%s", err, &stderr)
	}
	lines := json.NewDecoder(bytes.NewReader(out))
	for _, path := range paths {
		var page struct {
			URL, Error, First, Largest string
			Marks                      map[string]*int
			Found                      []string
			Painted                    float64 // ms
		}
		if err := lines.Decode(&page); err != nil {
			t.Fatalf("%s: %v in %s", path, err, out)
		}
		if page.URL != s.URL+path || page.Error != "" || len(page.Marks) != 4 {
			t.Errorf("%s: got %+v", path, page)
		}
		for category, mark := range page.Marks {
			if mark == nil || *mark < 95 {
				t.Errorf("%s: %s is below 95: %v", path, category, page.Found)
			} else {
				t.Logf("%s: %s %d", path, category, *mark)
			}
		}
		t.Logf("%s: first paint after %.0f ms", path, page.Painted)
	}
	if err := lines.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		t.Errorf("there is more than a line for each page: %s", out)
	}
}
