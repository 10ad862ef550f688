// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package clients_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
)

// recipeBlock matches a block of a recipe: a file, whose first line is its name, or what the program prints.
var recipeBlock = regexp.MustCompile("(?ms)^```(ts|js|text)\n(// (\\S+)\n)?(.*?)^```$")

// recipe is a page with a program.
type recipe struct {
	files  map[string]string // by name
	prints string
}

// readRecipe reads a page in local/docs/recipes.
func readRecipe(t *testing.T, page string) recipe {
	t.Helper()
	r := recipe{files: map[string]string{}}
	for _, block := range recipeBlock.FindAllStringSubmatch(string(read(t, page)), -1) {
		switch name := block[3]; {
		case name != "":
			r.files[name] = block[2] + block[4]
		case block[1] == "text":
			r.prints = block[4]
		default:
			t.Errorf("%s: the first line of this block does not name its file:\n%s", page, block[4])
		}
	}
	return r
}

// put writes the files of a recipe into a folder.
func (r recipe) put(t *testing.T, dir string) {
	t.Helper()
	for name, code := range r.files {
		write(t, filepath.Join(dir, name), []byte(code))
	}
}

// TestRecipes runs the programs of the recipes, as they stand there, and compares what they print with what the pages say.
func TestRecipes(t *testing.T) {
	t.Parallel()
	requireNode(t)
	s := e2e.Serve(t, t.TempDir(), "--dev")
	w := &workshop{e2e.Workshop{T: t, Dir: consumer(t, pack(t), "recipes")}}
	pages, err := filepath.Glob(filepath.Join(e2e.Root, "local", "docs", "recipes", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	recipes := map[string]recipe{}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if r := readRecipe(t, page); r.files["main.ts"] != "" {
			r.put(t, filepath.Join(w.Dir, "recipes", name))
			recipes[name] = r
		}
	}
	if len(recipes) < 7 {
		t.Errorf("only %d recipes have a program", len(recipes))
	}
	copyTree(t, filepath.Join("testdata", "recipes", "more", "sessions.ts"), filepath.Join(w.Dir, "recipes", "sessions", "more.ts"))
	w.node(".", "tsc", "-p", ".")

	for name, r := range recipes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runRecipe(t, s, w.Dir, name, "main.js", r.prints)
		})
	}
	t.Run("sessions, late requests", func(t *testing.T) {
		t.Parallel()
		runRecipe(t, s, w.Dir, "sessions", "more.js", "1 true late 0\n1 true late 0\n")
	})
}

// runRecipe runs a compiled program on its own project, and compares what it prints.
func runRecipe(t *testing.T, s *e2e.Server, dir, name, program, want string) {
	w := e2e.Workshop{T: t, Dir: dir}
	_, token := s.CreateProject(name + " " + program)
	node := exec.CommandContext(t.Context(), "node", program)
	got := w.Output(filepath.Join("recipes", name), []string{"TEMPS_API_URL=" + s.URL, "TEMPS_DEPLOYMENT_TOKEN=" + token}, node)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%s of %s (-got +want):\n%s", program, name, diff)
	}
}

// pack builds the SDK for TypeScript, and returns the path of its package.
func pack(t *testing.T) string {
	t.Helper()
	sdk := copySDK(t)
	install(t, sdk)
	npm(t, sdk, "pack")
	packed, err := filepath.Glob(filepath.Join(sdk, "*.tgz"))
	if err != nil || len(packed) != 1 {
		t.Fatalf("packed: %v, %v", packed, err)
	}
	return packed[0]
}
