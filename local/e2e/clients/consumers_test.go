// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/local/e2e"
)

// TestSDKConsumers installs the SDK for TypeScript, as it is packed, where people run it: in apps of Next.js, in Jest, on the
// oldest Node.js that it is for. Linters of packages look at it too.
func TestSDKConsumers(t *testing.T) {
	t.Parallel()
	requireNode(t)
	sdk := copySDK(t)
	install(t, sdk)
	npm(t, sdk, "run", "pretest")
	npm(t, sdk, "pack", "--ignore-scripts")
	packed, err := filepath.Glob(filepath.Join(sdk, "*.tgz"))
	if err != nil || len(packed) != 1 {
		t.Fatalf("packed: %v, %v", packed, err)
	}
	s := e2e.Serve(t, t.TempDir(), "--dev")
	for _, version := range []string{"14", "15"} {
		t.Run("Next "+version, func(t *testing.T) {
			t.Parallel()
			testNext(t, s, packed[0], version)
		})
	}
	t.Run("the package", func(t *testing.T) {
		t.Parallel()
		w := &workshop{e2e.Workshop{T: t, Dir: consumer(t, packed[0], "package")}}
		w.node(".", "publint", packed[0], "--strict")
		w.node(".", "attw", packed[0])
		_, token := s.CreateProject("jest")
		jest := exec.CommandContext(t.Context(), filepath.Join(w.Dir, "node_modules", ".bin", "jest"), "--ci")
		w.Output(".", []string{"TEMPS_API_URL=" + s.URL, "TEMPS_TOKEN=" + token}, jest)
	})
	t.Run("the oldest Node.js", func(t *testing.T) {
		t.Parallel()
		testOldestNode(t, sdk)
	})
}

// consumer returns a copy of a folder of testdata, with its packages and that of the SDK.
func consumer(t *testing.T, packed string, folders ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range folders {
		copyTree(t, filepath.Join("testdata", folder), dir)
	}
	install(t, dir)
	into := filepath.Join(dir, "node_modules", "@temps-sdk", "kv")
	if err := os.MkdirAll(into, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "tar", "-xzf", packed, "-C", into, "--strip-components=1").CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	return dir
}

// nextServes is where next start says that it listens.
var nextServes = regexp.MustCompile(`http://\S+:\d+`)

// untilStdinEnds makes a shell run its arguments as a process that ends when standard input does, so with the test, however that
// ends.
const untilStdinEnds = `"$@" & exec >&-; read -r _; kill -9 $!`

// testNext builds an app of Next.js without the environment of the SDK, starts it with one, and calls the server by it. What the
// app answers is what the server has then, not what it had at an earlier call.
func testNext(t *testing.T, s *e2e.Server, packed, version string) {
	w := &workshop{e2e.Workshop{T: t, Dir: consumer(t, packed, filepath.Join("next", "app"), filepath.Join("next", version))}}
	readRecipe(t, filepath.Join(e2e.Root, "local", "docs", "recipes", "nextjs.md")).put(t, w.Dir)
	w.Run(".", []string{"NEXT_TELEMETRY_DISABLED=1"}, filepath.Join(w.Dir, "node_modules", ".bin", "next"), "build")

	_, token := s.CreateProject("next " + version)
	start := exec.Command("sh", "-c", untilStdinEnds, "sh", "node", filepath.Join("node_modules", "next", "dist", "bin", "next"),
		"start", "-H", "127.0.0.1", "-p", "0")
	start.Dir = w.Dir
	start.Env = append(os.Environ(), "NEXT_TELEMETRY_DISABLED=1", "TEMPS_API_URL="+s.URL, "TEMPS_TOKEN="+token, "KV_URL="+s.URL, "KV_TOKEN="+token)
	stdin, err := start.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := start.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := start.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	t.Cleanup(func() {
		_ = stdin.Close()
		_, _ = io.Copy(io.Discard, stdout)
		_ = start.Wait()
	})
	url, printed := "", ""
	for url == "" && lines.Scan() {
		printed += lines.Text() + "\n"
		url = nextServes.FindString(lines.Text())
	}
	if url == "" {
		t.Fatalf("next start printed %q", printed)
	}
	app := nextApp{t, url}
	direct := s.As(token)
	for _, value := range []string{"first", "second"} {
		direct.Expect(t, "set", e2e.Object{"key": "next", "value": value}, `{"result":"OK"}`)
		app.expect("get", `"`+value+`"`)
		for _, path := range []string{"", "default"} {
			if page := app.body(http.MethodGet, path); !strings.Contains(page, value) {
				t.Errorf("the page /%s does not show %q: %s", path, value, page)
			}
		}
		app.expect("ttl", "-1")
		app.expect("expire", "1")
		app.expect("ttl", `3[56]\d\d`)
	}
	for _, sum := range []string{"1", "2", "3"} {
		app.expect("incr", sum)
	}
	app.sells(direct)
	for range 2 {
		direct.Expect(t, "del", e2e.Object{"keys": []string{"next"}}, `{"deleted":1}`)
		app.expect("set", `"OK"`)
		direct.Expect(t, "get", e2e.Object{"key": "next"}, `{"value":"set"}`)
	}
}

// nextApp is the app of testdata/next, as it runs.
type nextApp struct {
	t   *testing.T
	url string
}

// sells buys what the page of the recipe shows, as long as there is some.
func (a nextApp) sells(direct e2e.Caller) {
	a.t.Helper()
	direct.Expect(a.t, "set", e2e.Object{"key": "stock:book", "value": 2}, `{"result":"OK"}`)
	for _, step := range []struct{ shows, bought string }{{"2 left", `{"left":1}`}, {"1 left", `{"left":0}`}, {"0 left", `{"error":"sold out"}`}} {
		// React writes a comment between the parts of a text.
		if page := strings.ReplaceAll(a.body(http.MethodGet, "stock"), "<!-- -->", ""); !strings.Contains(page, step.shows) {
			a.t.Errorf("the page does not show %q: %s", step.shows, page)
		}
		if got := a.body(http.MethodPost, "stock/buy"); got != step.bought {
			a.t.Errorf("buying answered %s, want %s", got, step.bought)
		}
	}
	direct.Expect(a.t, "get", e2e.Object{"key": "stock:book"}, `{"value":0}`)
}

// expect makes the app call the server, and matches what it answers.
func (a nextApp) expect(call, want string) {
	a.t.Helper()
	if got := a.body(http.MethodPost, call); !regexp.MustCompile("^" + want + "$").MatchString(got) {
		a.t.Errorf("%s: got %s, want %s", call, got, want)
	}
}

func (a nextApp) body(method, path string) string {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.url+"/"+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(bytes.TrimSpace(body))
}

// testOldestNode runs the tests of the SDK on the oldest Node.js, but that of the package, which calls npm.
func testOldestNode(t *testing.T, sdk string) {
	w := &workshop{e2e.Workshop{T: t, Dir: t.TempDir()}}
	name := "node-" + runtime.GOOS + "-" + map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if runtime.GOARCH != "amd64" {
		name = "node-" + runtime.GOOS + "-" + runtime.GOARCH
	}
	npm(t, w.Dir, "install", "--ignore-scripts", "--prefer-offline", "--no-save", name+"@18.20.8")
	files, err := filepath.Glob(filepath.Join(sdk, "build", "out", "test", "[^p]*.test.js"))
	if err != nil || len(files) < 5 {
		t.Fatalf("tests: %q, %v", files, err)
	}
	node := filepath.Join(w.Dir, "node_modules", name, "bin", "node")
	cmd := exec.CommandContext(t.Context(), node, append([]string{"--test"}, files...)...)
	cmd.Dir = sdk
	cmd.Env = append(os.Environ(), "TEMPSKV_PROGRAM="+e2e.Program)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", cmd, err, out)
	}
}
