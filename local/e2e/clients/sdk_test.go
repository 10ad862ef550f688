// SPDX-License-Identifier: Apache-2.0

package clients_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	// The tests of the SDK run the program as another process. These imports make go test forget their result where the handlers
	// or what serves them changed.
	_ "github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
	_ "github.com/tempskv/tempskv/runtime/server"
)

// TestTypeScriptSDK runs the tests of openapi/typescript, each as a subtest, against the program. It is skipped without
// Node.js.
func TestTypeScriptSDK(t *testing.T) {
	t.Parallel()
	requireNode(t)
	sdk := copySDK(t)
	install(t, sdk)
	t.Run("types are those of the document", func(t *testing.T) { npm(t, sdk, "run", "generate", "--", "--check") })
	t.Run("licence is that of the program", func(t *testing.T) {
		if !bytes.Equal(read(t, filepath.Join(e2e.Root, "LICENSE")), read(t, filepath.Join(sdk, "LICENSE"))) {
			t.Error("openapi/typescript/LICENSE is not LICENSE")
		}
	})
	npm(t, sdk, "run", "pretest")
	files, err := filepath.Glob(filepath.Join(sdk, "build", "out", "test", "*.test.js"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no tests: %v", err)
	}
	node := exec.CommandContext(t.Context(), "node", append([]string{"--test", "--test-reporter=tap"}, files...)...)
	node.Dir = sdk
	node.Env = append(os.Environ(), "TEMPSKV_PROGRAM="+buildProgram(t))
	out, err := node.CombinedOutput()
	results := tapResult.FindAllSubmatch(out, -1)
	if err != nil || len(results) == 0 {
		t.Errorf("%v: %v\n%s", node, err, out)
	}
	for _, result := range results {
		t.Run(string(result[2]), func(t *testing.T) {
			if len(result[1]) > 0 {
				t.Error("see above")
			}
		})
	}
}

// tapResult is the result of one test in the Test Anything Protocol.
var tapResult = regexp.MustCompile(`(?m)^\s*(not )?ok \d+ - (.+)$`)

// oldestNode is the oldest version of Node.js that the SDK is for.
const oldestNode = 18

func requireNode(t *testing.T) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			e2e.LeaveOut(t, "the SDK for TypeScript needs %s, which is not in PATH (Debian: apt install nodejs npm)", program)
		}
	}
	out, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	if err != nil {
		t.Fatalf("node --version: %v", err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
	if version, err := strconv.Atoi(major); err != nil || version < oldestNode {
		e2e.LeaveOut(t, "the SDK for TypeScript needs Node.js %d, and this is %s", oldestNode, bytes.TrimSpace(out))
	}
}

// copySDK returns a copy of openapi/typescript as it is in the repository, so nothing is written there. go test
// sees which files are read, and runs again when one has changed.
func copySDK(t *testing.T) string {
	t.Helper()
	from, to := filepath.Join(e2e.Root, "openapi"), t.TempDir()
	write(t, filepath.Join(to, "openapi.yaml"), read(t, filepath.Join(from, "openapi.yaml")))
	copyTree(t, filepath.Join(from, "typescript"), filepath.Join(to, "typescript"))
	return filepath.Join(to, "typescript")
}

// copyTree copies the files of a folder, without what is built there and not kept.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	built := []string{"node_modules", "dist", "build"}
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(built, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(from, path)
		if err == nil {
			write(t, filepath.Join(to, name), read(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// unreachable is what npm prints if no registry can be reached.
var unreachable = regexp.MustCompile(`code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)`)

// install brings what the package is built with, just as its lock file has it.
func install(t *testing.T, dir string) {
	t.Helper()
	out, err := runNPM(t, dir, "ci", "--ignore-scripts", "--prefer-offline")
	if err != nil && unreachable.MatchString(out) {
		e2e.LeaveOut(t, "the SDK for TypeScript is built with packages of npm, and its registry is out of reach")
	}
	if err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// npm runs a command of npm that must succeed.
func npm(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := runNPM(t, dir, args...); err != nil {
		t.Fatalf("npm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func runNPM(t *testing.T, dir string, args ...string) (string, error) {
	cmd := podmantest.Outside(t.Context(), "npm", append([]string{"--no-audit", "--no-fund", "--no-update-notifier"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// buildProgram builds the program, so no test runs an old one, and returns its path.
func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tempskv")
	build := podmantest.Outside(t.Context(), "go", "build", "-trimpath", "-o", path, "./local/tempskv")
	build.Dir = e2e.Root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("%v: %w\n%s", build, err, out))
	}
	return path
}
