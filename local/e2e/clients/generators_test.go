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
type workshop struct{ e2e.Workshop }

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{e2e.Workshop{T: t, Dir: t.TempDir()}}
	copyTree(t, filepath.Join("testdata", "generators"), w.Dir)
	write(t, filepath.Join(w.Dir, "openapi.yaml"), []byte(e2e.RunCommand(e2e.Command(t, nil, "openapi")).Stdout))
	write(t, filepath.Join(w.Dir, "openapi-3.0.json"), []byte(e2e.RunCommand(e2e.Command(t, nil, "openapi", "--3.0")).Stdout))
	return w
}

// node executes a program of the packages.
func (w *workshop) node(dir, name string, args ...string) string {
	w.T.Helper()
	return w.Run(dir, nil, filepath.Join(w.Dir, "node_modules", ".bin", name), args...)
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
		install(t, w.Dir)
		w.node("openapi-fetch", "openapi-typescript", "../openapi.yaml", "-o", "generated.ts")
		w.node("hey-api", "openapi-ts", "-i", "../openapi.yaml", "-o", "generated", "-c", "@hey-api/client-fetch")
		for _, dir := range []string{"openapi-fetch", "hey-api"} {
			w.node(dir, "tsc", "-p", ".")
			w.Works(s, dir, generatedPrints, "node", "main.js")
		}
		w.lint()
	})
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		w := newWorkshop(t)
		w.goModule()
		w.Run("go", nil, "go", "build", "-mod=mod", "-o", "main", ".")
		w.Works(s, "go", generatedPrints, "./main")
	})
	t.Run("Python", func(t *testing.T) {
		t.Parallel()
		w := newWorkshop(t)
		bin := w.python()
		w.Run("python", []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, filepath.Join(bin, "openapi-python-client"),
			"generate", "--config", "config.yaml", "--path", "../openapi.yaml", "--meta", "none", "--output-path", "generated", "--fail-on-warning")
		w.Run("python", nil, filepath.Join(bin, "mypy"), "--strict", "--follow-imports=silent", "main.py")
		w.Works(s, "python", generatedPrints, filepath.Join(bin, "python"), "main.py")
	})
}

// lint checks both forms of the document by the default rules of the linters; a warning is a fault too.
func (w *workshop) lint() {
	w.T.Helper()
	for _, document := range []string{"openapi.yaml", "openapi-3.0.json"} {
		w.node(".", "spectral", "lint", "--fail-severity", "hint", document)
		if out := w.node(".", "redocly", "lint", "--format", "json", document); !strings.Contains(out, `"warnings": 0`) {
			w.T.Errorf("redocly, %s: %s", document, out)
		}
	}
}

// goModule generates a client from the 3.0 form and puts it into its own module, with the versions of this one.
func (w *workshop) goModule() {
	w.T.Helper()
	generate := podmantest.Outside(w.T.Context(), "go", "tool", "oapi-codegen", "-generate", "types,client",
		"-package", "generated", filepath.Join(w.Dir, "openapi-3.0.json"))
	generate.Dir = e2e.Root
	client, err := generate.Output()
	if err != nil {
		w.T.Fatalf("%v: %v", generate, err)
	}
	write(w.T, filepath.Join(w.Dir, "go", "generated", "client.go"), client)
	mod := bytes.Replace(read(w.T, filepath.Join(e2e.Root, "go.mod")), []byte("module github.com/tempskv/tempskv"),
		[]byte("module example.com/client"), 1)
	write(w.T, filepath.Join(w.Dir, "go", "go.mod"), mod)
	write(w.T, filepath.Join(w.Dir, "go", "go.sum"), read(w.T, filepath.Join(e2e.Root, "go.sum")))
}

// python makes an environment with the generator, and returns where its programs lie.
func (w *workshop) python() string {
	w.T.Helper()
	if out, err := exec.CommandContext(w.T.Context(), "python3", "-m", "venv", filepath.Join(w.Dir, "venv")).CombinedOutput(); err != nil {
		e2e.LeaveOut(w.T, "the client in Python needs python3 with venv (Debian: apt install python3-venv): %v: %s", err, out)
	}
	bin := filepath.Join(w.Dir, "venv", "bin")
	w.Run("python", nil, filepath.Join(bin, "pip"), "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt")
	return bin
}
