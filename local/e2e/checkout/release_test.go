// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package checkout_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/checkout"
)

// TestReleasesAreTheSameAnywhere makes a release of this machine's platform from two copies of the sources in
// other directories, without a repository: they are the same to the last byte, and contain what a release must.
func TestReleasesAreTheSameAnywhere(t *testing.T) {
	t.Parallel()
	first, second := releaseFrom(t, filepath.Join(t.TempDir(), "a")), releaseFrom(t, filepath.Join(t.TempDir(), "elsewhere", "b"))
	if diff := cmp.Diff(sums(t, first), sums(t, second)); diff != "" {
		t.Errorf("two releases of the same sources differ: %s", diff)
	}
	check := exec.Command("sha256sum", "-c", "SHA256SUMS")
	check.Dir = first
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v: %s", err, out)
	}
	name := "tempskv_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH
	unpacked := unpack(t, filepath.Join(first, name+".tar.gz"))
	want := []string{
		"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "completions/bash/tempskv", "completions/fish/tempskv.fish",
		"completions/zsh/_tempskv", "systemd/tempskv-user.service", "systemd/tempskv.service", "tempskv",
	}
	for i := range want {
		want[i] = name + "/" + want[i]
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(unpacked))); diff != "" {
		t.Error(diff)
	}
	released(t, unpacked[name+"/tempskv"], filepath.Join(first, name+".cdx.json"))
}

// released runs the program of a release, and looks for what is in it in its bill of materials.
func released(t *testing.T, program []byte, bill string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tempskv")
	if err := os.WriteFile(path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	r := e2e.RunCommand(exec.Command(path, "version"))
	if !strings.HasPrefix(r.Stdout, "tempskv 1.2.3 (commit 0123abc, go1.") {
		t.Errorf("it says %q, %q", r.Stdout, r.Stderr)
	}
	if dir, err := filepath.Abs(e2e.Root); err != nil || strings.Contains(string(program), dir) {
		t.Errorf("the program names %s, %v", dir, err)
	}
	text, err := os.ReadFile(bill)
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(text, &b); err != nil || b.BOMFormat != "CycloneDX" {
		t.Fatalf("%v: %.200s", err, text)
	}
	listed := map[string]string{}
	for _, c := range b.Components {
		listed[c.Name] = c.Version
	}
	out, err := exec.Command("go", "version", "-m", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := 0
	for line := range strings.Lines(string(out)) {
		if words := strings.Fields(line); len(words) >= 3 && words[0] == "dep" {
			modules++
			if listed[words[1]] != words[2] {
				t.Errorf("the bill has %s %q, the program %s", words[1], listed[words[1]], words[2])
			}
		}
	}
	if modules == 0 || len(listed) != modules+1 || listed["std"] == "" {
		t.Errorf("%d modules, and the bill lists %d", modules, len(listed))
	}
}

// releaseFrom copies the sources to dir, makes a release there and returns where it is.
func releaseFrom(t *testing.T, dir string) string {
	t.Helper()
	checkout.Copy(t, dir)
	out := filepath.Join(dir, "dist")
	cmd := podmantest.Outside(t.Context(), "go", "run", "./local/packaging/release", "-out", out, "-platforms", runtime.GOOS+"/"+runtime.GOARCH,
		"-version", "1.2.3", "-commit", "0123abc", "-time", "1700000000")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", cmd, err, out)
	}
	return out
}

// sums returns the checksums that a release names.
func sums(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unpack returns the files of an archive by their names.
func unpack(t *testing.T, path string) map[string][]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	archive := tar.NewReader(packed)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}
