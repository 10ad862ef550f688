// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
)

// fencedBlock matches a block of code in Markdown, and the line of text before it.
var fencedBlock = regexp.MustCompile("(?ms)^([^\n]*)\n+```(sh|ts|go)\n(.*?)^```$")

// savedAs is how the README names the file of a block.
var savedAs = regexp.MustCompile("[Ss]ave this as `([^`]+)`")

// TestReadme pastes every block of README.md into a shell, and into the files that it names, in a folder that has what they need
// of the repository.
func TestReadme(t *testing.T) {
	t.Parallel()
	requireNode(t)
	s := e2e.Serve(t, t.TempDir(), "--dev")
	dir := t.TempDir()
	copyTree(t, filepath.Join(e2e.Root, "openapi"), filepath.Join(dir, "openapi"))
	for _, name := range []string{"go.mod", "go.sum"} {
		write(t, filepath.Join(dir, name), read(t, filepath.Join(e2e.Root, name)))
	}
	var inside, outside strings.Builder
	for _, block := range fencedBlock.FindAllStringSubmatch(string(read(t, filepath.Join(e2e.Root, "README.md"))), -1) {
		before, language, code := block[1], block[2], block[3]
		saved := savedAs.FindStringSubmatch(before)
		switch {
		case strings.HasPrefix(before, "<!-- not run: "):
		case saved != nil:
			write(t, filepath.Join(dir, saved[1]), []byte(code))
		case language == "sh":
			separate(code, &inside, &outside)
		default:
			t.Errorf("nothing says where this belongs:\n%s", code)
		}
	}
	inside.WriteString("go run bin/try/hello.go\n")

	shell(t, podmantest.Outside(t.Context(), "bash", "-euo", "pipefail", "-c", outside.String()), dir)
	pasted := strings.NewReplacer("http://127.0.0.1:8379", s.URL, "$PWD/.tempskv", s.Dir).Replace(inside.String())
	got := shell(t, exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", pasted), dir)
	want := `OK
hello
{"value":1}
{ name: 'Alice', role: 'admin' } 1
2
`
	if diff := cmp.Diff(strings.ReplaceAll(got, "\n\n", "\n"), want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// separate sorts the lines of a block: those of npm need its registry, and run where it can be reached, which the server cannot.
func separate(code string, inside, outside *strings.Builder) {
	for line := range strings.Lines(code) {
		if strings.Contains(line, "npm ") {
			outside.WriteString(line)
		} else {
			inside.WriteString(line)
		}
	}
}

// shell runs a shell with the program in its PATH, and returns what it printed.
func shell(t *testing.T, cmd *exec.Cmd, dir string) string {
	t.Helper()
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+filepath.Dir(e2e.Program)+":"+os.Getenv("PATH"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && unreachable.MatchString(stderr.String()) {
		e2e.LeaveOut(t, "the SDK for TypeScript is built with packages of npm, and its registry is out of reach")
	}
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &stderr)
	}
	return string(out)
}
