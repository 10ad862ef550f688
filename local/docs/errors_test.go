// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// codes returns the codes of the document.
func codes(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../openapi/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct {
						Code struct {
							Known []string `yaml:"x-extensible-enum"`
						}
					}
				} `yaml:"Problem"`
			}
		}
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document.Components.Schemas.Problem.Properties.Code.Known
}

// TestEveryCodeHasItsPage compares the codes that the document lists with the pages, both ways.
func TestEveryCodeHasItsPage(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("errors/*.md") // the pattern is well formed
	var pages []string
	for _, name := range files {
		if code := strings.TrimSuffix(filepath.Base(name), ".md"); code != "README" {
			pages = append(pages, code)
		}
	}
	want := slices.Sorted(slices.Values(codes(t)))
	if diff := cmp.Diff(pages, want); diff != "" {
		t.Errorf("the pages in local/docs/errors and the codes of the document differ (-pages +codes): %s", diff)
	}
	index, err := os.ReadFile("errors/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range want {
		if !strings.Contains(string(index), "[`"+code+"`]("+code+".md)") {
			t.Errorf("errors/README.md does not list %s", code)
		}
	}
}

var example = regexp.MustCompile("(?s)```json\n(.*?)```")

// TestErrorPagesSayWhatToDo checks the form of the pages about codes: what it means, why, what to do, an example.
func TestErrorPagesSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, code := range codes(t) {
		text, err := os.ReadFile("errors/" + code + ".md")
		if err != nil {
			continue // the other test says so
		}
		if !strings.HasPrefix(string(text), "# "+code+"\n\n") {
			t.Errorf("%s: the title is another", code)
		}
		at := 0
		for _, heading := range []string{"\n## Why it happens\n", "\n## What to do\n", "\n## Example\n"} {
			i := strings.Index(string(text), heading)
			if i < at {
				t.Errorf("%s: there is no %q, or in another order", code, heading)
			}
			at = i
		}
		found := example.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s: there is no example", code)
			continue
		}
		var problem struct{ Type, Code string }
		err = json.Unmarshal([]byte(found[len(found)-1][1]), &problem)
		if err != nil || problem.Code != code || problem.Type != "http://127.0.0.1:8379/docs/errors/"+code {
			t.Errorf("%s: the example is %+v, %v", code, problem, err)
		}
	}
}
