// SPDX-License-Identifier: Apache-2.0

package podman_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tempskv/tempskv/handlers/engine"
	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
)

// registry serves one image, which podman saved in a directory in OCI format, under every name.
func registry(t *testing.T, image string) {
	t.Helper()
	blob := func(digest string) string {
		return filepath.Join(image, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
	}
	var index struct {
		Manifests []struct{ MediaType, Digest string }
	}
	text, err := os.ReadFile(filepath.Join(image, "index.json"))
	if err = errors.Join(err, json.Unmarshal(text, &index)); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /v2/redis/manifests/{reference}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("reference") == "none" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`))
			return
		}
		w.Header().Set("Content-Type", index.Manifests[0].MediaType)
		http.ServeFile(w, r, blob(index.Manifests[0].Digest))
	})
	mux.HandleFunc("GET /v2/redis/blobs/{digest}", func(w http.ResponseWriter, r *http.Request) {
		sendSlowly(w, blob(r.PathValue("digest")))
	})
	listener, err := net.Listen("tcp", registryHost)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
}

// sendSlowly sends a file as over a slow line: some megabytes take about two seconds.
func sendSlowly(w http.ResponseWriter, path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	for piece := range slices.Chunk(content, max(1<<16, len(content)/20)) {
		_, _ = w.Write(piece)
		<-time.After(100 * time.Millisecond)
	}
}

var registryHost = fmt.Sprintf("127.0.0.1:%d", podmantest.RegistryPort)

// noise returns a folder to build an image from that is base with a layer which no other image has: another test, with
// the same podman, may pull the layers of base at any time, and then they are not pulled again.
func noise(t *testing.T, base string) string {
	t.Helper()
	dir, content := t.TempDir(), make([]byte, 4<<20)
	_, _ = rand.Read(content) // never fails
	for name, content := range map[string][]byte{"noise": content, "Containerfile": []byte("FROM " + base + "\nCOPY noise /\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPull enables an engine with images that are pulled, or cannot be.
func TestPull(t *testing.T) {
	w := newWorld(t)
	saved := filepath.Join(t.TempDir(), "image")
	own := "localhost/tempskv-test/pull:" + rand.Text()[:8]
	w.Podman("build", "-q", "-t", own, noise(t, w.HostImage()))
	w.Podman("save", "--format", "oci-dir", "-o", saved, own)
	w.Podman("rmi", "-f", own)
	reference := registryHost + "/redis:here"
	if _, err := w.engine.Enable(w.ctx(), settings(reference)); !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("no registry: %v, want %v", err, kv.ErrUnavailable)
	}
	registry(t, saved)
	_, err := w.engine.Enable(w.ctx(), settings(registryHost+"/redis:none"))
	if !errors.Is(err, kv.ErrInvalid) || !strings.Contains(fmt.Sprint(err), "redis:none") {
		t.Errorf("no image: %v, want %v", err, kv.ErrInvalid)
	}
	var percents []int
	w.report = func(s engine.Step) {
		if s.Name == "pull "+reference {
			percents = append(percents, s.Percent)
		}
	}
	t.Cleanup(func() { w.Podman("rmi", "-f", reference) })
	_ = w.enable(settings(reference)).Close()
	if !slices.IsSorted(percents) || len(percents) < 3 || percents[0] != 0 || percents[len(percents)-1] != 100 {
		t.Errorf("the steps of the pull tell of these percentages: %v, want some from 0 to 100", percents)
	}
}

// TestBadImages checks that the error says what is wrong with an image, and that nothing is left behind.
func TestBadImages(t *testing.T) {
	w := newWorld(t)
	good := w.HostImage()
	for name, change := range map[string]string{
		"exits":      `CMD ["redis-server-that-is-none"]`,
		"no program": `ENTRYPOINT ["/none"]`,
	} {
		t.Run(name, func(*testing.T) {
			reference := "localhost/tempskv-test/bad:" + strings.ReplaceAll(name, " ", "-")
			w.Podman("import", "-q", "--change", change, emptyArchive(t), reference)
			_, err := w.engine.Enable(w.ctx(), settings(reference))
			var refusal *kv.Refusal
			if !errors.As(err, &refusal) {
				t.Errorf("%s: error %v, want a refusal", name, err)
			}
			t.Log(err)
			if left := w.Podman("ps", "-aq") + w.Podman("volume", "ls", "-q") + w.Podman("secret", "ls", "-q"); left != "" {
				t.Errorf("%s: there is %s", name, left)
			}
		})
	}
	_, err := w.engine.Enable(w.ctx(), settings(w.BadImage()))
	if !errors.Is(err, kv.ErrInvalid) || !strings.Contains(fmt.Sprint(err), "neither Redis nor Valkey: redis-cli") {
		t.Errorf("another program: %v", err)
	}
	if log := w.log.String(); !strings.Contains(log, "redis-cli") {
		t.Errorf("the log says %s", log)
	}
	_ = w.enable(settings(good)).Close()
}

// emptyArchive returns a tar file without files.
func emptyArchive(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty.tar")
	if err := os.WriteFile(path, make([]byte, 1024), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
