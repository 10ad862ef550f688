// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package podman_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/checkout"
)

// TestContainerfile builds the image as the Containerfile says, and runs it with the podman whose socket it gets. Of
// what it is built with, this machine's own Go, modules and shell stand in for the image of a registry.
func TestContainerfile(t *testing.T) {
	p := e2e.StartPodman(t)
	t.Cleanup(func() { p.Podman("rmi", "-f", "tempskv") })
	const file = "local/packaging/Containerfile"
	content, err := os.ReadFile(filepath.Join(e2e.Root, file))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	sources := t.TempDir()
	checkout.Copy(t, sources)

	build := shown(t, text, "podman build ")
	if i := slices.Index(build, file); i < 0 {
		t.Fatalf("it is built with %q", build)
	} else {
		build[i] = filepath.Join(sources, file)
	}
	build[len(build)-1] = sources
	p.Local(slices.Concat([]string{
		"build", "--layers=false", "--pull=never", "--from", p.BuildImage(),
		"-v", goEnv(t, "GOROOT") + ":/usr/local/go:ro", "-v", modules(t) + ":/go/pkg/mod:O",
		"-v", goEnv(t, "GOCACHE") + ":/go/cache:O",
	}, build)...)

	run := shown(t, text, "podman run ")
	for i, word := range run {
		run[i] = strings.Replace(word, "/run/podman/podman.sock:", p.Socket+":", 1)
	}
	p.Podman(slices.Concat([]string{"run", "-e", "TEMPSKV_ADMIN_KEY=" + e2e.AdminKey}, run)...)
	s := &e2e.Server{T: t, URL: "http://127.0.0.1:8379"} // of the network of the tests
	awaitAnswer(s)
	s.Enable(e2e.Object{"engine": "podman", "docker_image": p.HostImage()})
	_, token := s.CreateProject("p")
	s.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)

	p.Podman("restart", "tempskv")
	awaitAnswer(s)
	s.AwaitHealthy()
	s.As(token).Expect(t, "incr", e2e.Object{"key": "a"}, `{"value":2}`)
}

// shown returns the words that follow the beginning of a command in the comment of a file, over all its lines.
func shown(t *testing.T, text, command string) []string {
	t.Helper()
	joined := strings.ReplaceAll(text, "\\\n#", "")
	return strings.Fields(e2e.Between(t, joined, command, "\n"))
}

// awaitAnswer waits until the server reports its status.
func awaitAnswer(s *e2e.Server) {
	s.T.Helper()
	e2e.Eventually(s.T, "an answer", func() string {
		switch r, err := s.Admin().Send(s.T.Context(), http.MethodGet, "/api/kv/status", nil); {
		case err != nil:
			return err.Error()
		case r.Status != http.StatusOK:
			return r.String()
		}
		return ""
	})
}

// modules returns the folder with all modules of this one, and brings those that are not there.
func modules(t *testing.T) string {
	t.Helper()
	download := podmantest.Outside(t.Context(), "go", "mod", "download")
	download.Dir = e2e.Root
	if out, err := download.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", download, err, out)
	}
	return goEnv(t, "GOMODCACHE")
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := podmantest.Outside(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
