// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A link that was used goes from the file while the server runs, and the key that was not used stays.
func TestUsedLinkGoesFromItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := servePiped(t, dir)
	path := filepath.Join(dir, "sign-in.txt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	_, code, found := strings.Cut(strings.TrimSpace(string(text)), "/setup#")
	if !found {
		t.Fatalf("there is no link in %q", text)
	}
	answer, err := http.Post(p.local.URL+"/api/session", "application/json", strings.NewReader(fmt.Sprintf(`{"token":%q}`, code)))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("answered %d", answer.StatusCode)
	}
	poll(t, func() error {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), code) {
			err = errors.New("the link is still there")
		}
		return err
	})
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), firstKeyLabel+"tk_") {
		t.Errorf("the key is gone: %q, %v", text, err)
	}
}
