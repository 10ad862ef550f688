// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/tempskv/tempskv/handlers"
	"github.com/tempskv/tempskv/local/dashboard"
	"github.com/tempskv/tempskv/local/docs"
	"github.com/tempskv/tempskv/runtime/config"
)

// TestBasePathIsNoPathOfTheServer takes each path that the server has.
func TestBasePathIsNoPathOfTheServer(t *testing.T) {
	t.Parallel()
	text, err := handlers.New(handlers.Deps{}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Paths map[string]any }
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	paths := append([]string{"/livez", "/readyz", "/metrics", "/openapi.json"}, dashboard.New("").Paths()...)
	paths = append(paths, docs.Pages{}.Paths()...)
	for path := range document.Paths {
		paths = append(paths, path)
	}
	if len(paths) < 40 || !slices.Contains(paths, "/api/kv/get") {
		t.Fatalf("the server has %v", paths)
	}
	for _, path := range paths {
		first, _, _ := strings.Cut(path[1:], "/")
		for _, basePath := range []string{"/" + first, "/" + first + "/kv"} {
			_, _, err := config.Load(config.Sources{
				Flags: map[string]string{"base-path": basePath, "data": t.TempDir()}, LookupEnv: func(string) (string, bool) { return "", false },
			})
			if err == nil {
				t.Errorf("base-path %s is taken, and %s is a path of the server", basePath, path)
			}
		}
	}
}
