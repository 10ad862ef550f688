// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package generators_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
)

// prints is what every program in testdata prints. The last problem is of a later version of the server.
const prints = `get none null
get large 9007199254740993
incr 9007199254740994
mset OK
export 4 true
problem 409 not_an_integer
problem 418 added_later
`

// workshop is a directory with both forms of the document, and a server to use the clients on.
type workshop struct {
	e2e.Workshop
	server *e2e.Server
	later  string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{Workshop: e2e.Workshop{T: t, Dir: t.TempDir()}, server: e2e.Serve(t, t.TempDir(), "--dev")}
	w.later = serveLater(t, w.server.URL)
	w.write("openapi.yaml", e2e.RunCommand(e2e.Command(t, nil, "openapi")).Stdout)
	w.write("openapi-3.0.json", e2e.RunCommand(e2e.Command(t, nil, "openapi", "--3.0")).Stdout)
	return w
}

func (w *workshop) write(name, text string) {
	w.T.Helper()
	path := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.T.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.T.Fatal(err)
	}
}

func (w *workshop) read(name string) string {
	w.T.Helper()
	text, err := os.ReadFile(filepath.Join(w.Dir, name))
	if err != nil {
		w.T.Fatal(err)
	}
	return string(text)
}

// copyTestdata copies the program for a client, and what it is built with.
func (w *workshop) copyTestdata(dir string) {
	w.T.Helper()
	if err := os.CopyFS(filepath.Join(w.Dir, dir), os.DirFS(filepath.Join("testdata", dir))); err != nil {
		w.T.Fatal(err)
	}
}

// works runs the program that uses a client on a project of its name, through a proxy that makes the server one of a later version.
func (w *workshop) works(dir, name string, args ...string) {
	w.T.Helper()
	_, token := w.server.CreateProject(dir)
	env := []string{"TEMPSKV_URL=" + w.later, "TEMPSKV_TOKEN=" + token}
	if diff := cmp.Diff(w.Output(dir, env, exec.CommandContext(w.T.Context(), name, args...)), prints); diff != "" {
		w.T.Errorf("%s (-got +want):\n%s", dir, diff)
	}
}

// require leaves out the test if a program is missing.
func require(t *testing.T, program, where string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		e2e.LeaveOut(t, "needs %s (%s)", program, where)
	}
}
