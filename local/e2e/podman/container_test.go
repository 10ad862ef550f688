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

	standAlone(t, p, text)

	const onHost = "-d --name tempskv --network host "
	run := append(strings.Fields(onHost), shown(t, text, "podman run "+onHost)...)
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

// standAlone runs the image with the engine embedded: a published port, a file of projects and tokens, and no second step.
func standAlone(t *testing.T, p *podmantest.Service, text string) {
	t.Helper()
	const token = "dt_0123456789012345678901234567890123456789"
	boot := filepath.Join(t.TempDir(), "boot.yaml")
	const projects = "projects:\n  - id: 1\n    name: shop\n    tokens:\n      - {name: web, token_env: SHOP_TOKEN}\n"
	if err := os.WriteFile(boot, []byte(projects), 0o644); err != nil {
		t.Fatal(err)
	}
	const published = "-d --name tempskv -p "
	run := append(strings.Fields(published), shown(t, text, "podman run "+published)...)
	for i, word := range run {
		word = strings.Replace(word, "./boot.yaml:/boot.yaml:ro,z", boot+":/boot.yaml:ro", 1)
		word = strings.Replace(word, "tempskv:/data", "alone:/data", 1)
		run[i] = strings.Replace(word, "SHOP_TOKEN", "SHOP_TOKEN="+token, 1)
	}
	t.Cleanup(func() { p.Podman("volume", "rm", "-f", "alone") })
	p.Podman(append([]string{"run"}, run...)...)
	s := &e2e.Server{T: t, URL: "http://127.0.0.1:8379"}
	awaitReady(s)
	s.As(token).Expect(t, "set", e2e.Object{"key": "a", "value": 1}, `{"result":"OK"}`)
	p.Podman("healthcheck", "run", "tempskv")
	if got := strings.TrimSpace(p.Podman("inspect", "--format", "{{.State.Health.Status}}", "tempskv")); got != "healthy" {
		t.Errorf("the health of the container is %q", got)
	}

	p.Podman("stop", "tempskv") // by SIGTERM, with time to drain
	if got := strings.TrimSpace(p.Podman("inspect", "--format", "{{.State.ExitCode}}", "tempskv")); got != "0" {
		t.Errorf("the container ended with %s", got)
	}
	p.Podman("start", "tempskv")
	awaitReady(s)
	s.As(token).Expect(t, "incr", e2e.Object{"key": "a"}, `{"value":2}`)
	p.Podman("rm", "-f", "tempskv")
}

// awaitReady waits until the server is ready.
func awaitReady(s *e2e.Server) {
	s.T.Helper()
	e2e.Eventually(s.T, "a server that is ready", func() string {
		res, err := http.Get(s.URL + "/readyz")
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return res.Status
		}
		return ""
	})
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
