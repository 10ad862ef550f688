// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
)

// What every program in testdata/generators prints that uses a generated client.
const generatedPrints = `set OK
get {"name":"Alice","tags":["a",null]}
incr 2
problem 409 not_an_integer
del 2
`

// workshop is a copy of testdata/generators, with both forms of the document as the program prints them.
type workshop struct {
	t   *testing.T
	dir string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{t: t, dir: t.TempDir()}
	copyTree(t, filepath.Join("testdata", "generators"), w.dir)
	write(t, filepath.Join(w.dir, "openapi.yaml"), []byte(e2e.RunCommand(e2e.Command(t, nil, "openapi")).Stdout))
	write(t, filepath.Join(w.dir, "openapi-3.0.json"), []byte(e2e.RunCommand(e2e.Command(t, nil, "openapi", "--3.0")).Stdout))
	return w
}

// run executes a program in the workshop that has to succeed, and returns what it printed.
func (w *workshop) run(dir string, env []string, name string, args ...string) string {
	w.t.Helper()
	return w.output(dir, env, podmantest.Outside(w.t.Context(), name, args...))
}

func (w *workshop) output(dir string, env []string, cmd *exec.Cmd) string {
	w.t.Helper()
	cmd.Dir = filepath.Join(w.dir, dir)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("%v: %v\n%s%s", cmd, err, out, &stderr)
	}
	return string(out)
}

// node executes a program of the packages.
func (w *workshop) node(dir, name string, args ...string) string {
	w.t.Helper()
	return w.run(dir, nil, filepath.Join(w.dir, "node_modules", ".bin", name), args...)
}

// works runs a program that uses a generated client, on its own project.
func (w *workshop) works(s *e2e.Server, dir, name string, args ...string) {
	w.t.Helper()
	_, token := s.CreateProject(dir)
	printed := w.output(dir, []string{"TEMPSKV_URL=" + s.URL, "TEMPSKV_TOKEN=" + token},
		exec.CommandContext(w.t.Context(), name, args...))
	if diff := cmp.Diff(printed, generatedPrints); diff != "" {
		w.t.Errorf("%s (-got +want):\n%s", dir, diff)
	}
}

// TestGeneratedClients generates clients in three languages, with generators of others, checks their
// types, and uses them.
func TestGeneratedClients(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, t.TempDir(), "--dev")
	t.Run("TypeScript", func(t *testing.T) {
		t.Parallel()
		requireNode(t)
		w := newWorkshop(t)
		install(t, w.dir)
		w.node("openapi-fetch", "openapi-typescript", "../openapi.yaml", "-o", "generated.ts")
		w.node("hey-api", "openapi-ts", "-i", "../openapi.yaml", "-o", "generated", "-c", "@hey-api/client-fetch")
		for _, dir := range []string{"openapi-fetch", "hey-api"} {
			w.node(dir, "tsc", "-p", ".")
			w.works(s, dir, "node", "main.js")
		}
		w.lint()
	})
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		w := newWorkshop(t)
		w.goModule()
		w.run("go", nil, "go", "build", "-mod=mod", "-o", "main", ".")
		w.works(s, "go", "./main")
	})
	t.Run("Python", func(t *testing.T) {
		t.Parallel()
		w := newWorkshop(t)
		bin := w.python()
		w.run("python", []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, filepath.Join(bin, "openapi-python-client"),
			"generate", "--config", "config.yaml", "--path", "../openapi.yaml", "--meta", "none", "--output-path", "generated", "--fail-on-warning")
		w.run("python", nil, filepath.Join(bin, "mypy"), "--strict", "--follow-imports=silent", "main.py")
		w.works(s, "python", filepath.Join(bin, "python"), "main.py")
	})
}

// lint checks both forms of the document by the default rules of the linters; a warning is a fault too.
func (w *workshop) lint() {
	w.t.Helper()
	for _, document := range []string{"openapi.yaml", "openapi-3.0.json"} {
		w.node(".", "spectral", "lint", "--fail-severity", "hint", document)
		if out := w.node(".", "redocly", "lint", "--format", "json", document); !strings.Contains(out, `"warnings": 0`) {
			w.t.Errorf("redocly, %s: %s", document, out)
		}
	}
}

// goModule generates a client from the 3.0 form and puts it into its own module, with the versions of this one.
func (w *workshop) goModule() {
	w.t.Helper()
	generate := podmantest.Outside(w.t.Context(), "go", "tool", "oapi-codegen", "-generate", "types,client",
		"-package", "generated", filepath.Join(w.dir, "openapi-3.0.json"))
	generate.Dir = e2e.Root
	client, err := generate.Output()
	if err != nil {
		w.t.Fatalf("%v: %v", generate, err)
	}
	write(w.t, filepath.Join(w.dir, "go", "generated", "client.go"), client)
	mod := bytes.Replace(read(w.t, filepath.Join(e2e.Root, "go.mod")), []byte("module github.com/tempskv/tempskv"),
		[]byte("module example.com/client"), 1)
	write(w.t, filepath.Join(w.dir, "go", "go.mod"), mod)
	write(w.t, filepath.Join(w.dir, "go", "go.sum"), read(w.t, filepath.Join(e2e.Root, "go.sum")))
}

// python makes an environment with the generator, and returns where its programs lie.
func (w *workshop) python() string {
	w.t.Helper()
	if out, err := exec.CommandContext(w.t.Context(), "python3", "-m", "venv", filepath.Join(w.dir, "venv")).CombinedOutput(); err != nil {
		e2e.LeaveOut(w.t, "the client in Python needs python3 with venv (Debian: apt install python3-venv): %v: %s", err, out)
	}
	bin := filepath.Join(w.dir, "venv", "bin")
	w.run("python", nil, filepath.Join(bin, "pip"), "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt")
	return bin
}
