// SPDX-License-Identifier: Apache-2.0

package checkout_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/podman/podmantest"
	"github.com/tempskv/tempskv/local/e2e"
	"github.com/tempskv/tempskv/local/e2e/checkout"
)

const module = "github.com/tempskv/tempskv/"

// pkg is the output of `go list -json` for a package: Imports are its own, Deps include indirect ones.
type pkg struct {
	ImportPath    string
	Standard      bool
	Imports, Deps []string
}

// packages returns every package that the module is made of, this machine's standard library included.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	list := podmantest.Outside(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps",
		"./handlers/...", "./infra/...", "./local/...", "./openapi/...", "./runtime/...")
	list.Dir = e2e.Root
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", list, err, &stderr)
	}
	all := map[string]pkg{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%v: %v", list, err)
		}
		all[p.ImportPath] = p
	}
}

// matches reports whether a package is one of the patterns, written as the go command does: "infra/..." is infra and
// everything in it. Packages of this module are written without the path of the module.
func matches(path string, patterns ...string) bool {
	path = strings.TrimPrefix(path, module)
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, whole := strings.CutSuffix(pattern, "...")
		return path+"/" == folder || path == pattern || whole && strings.HasPrefix(path, folder)
	})
}

// domain are the packages of the domain: they import only each other and the standard library.
var domain = []string{"handlers/kv/...", "handlers/access", "handlers/engine", "handlers/archive"}

// TestWhatPackagesReach checks the directions of imports: infra -> domain <- handlers, and only the two
// mains wire them. It checks indirect imports too.
func TestWhatPackagesReach(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for _, tt := range []struct {
		packages, except string
		deny             []string // packages that are not of the standard library
		allow            []string // takes precedence over deny
	}{
		{packages: "handlers/kv/...", deny: []string{"..."}, allow: []string{"handlers/kv/..."}},
		{packages: "handlers/access", deny: []string{"..."}, allow: []string{"handlers/kv/..."}},
		{packages: "handlers/engine", deny: []string{"..."}, allow: []string{"handlers/kv/..."}},
		{packages: "handlers/archive", deny: []string{"..."}, allow: []string{"handlers/kv/...", "handlers/access"}},
		{packages: "handlers/...", deny: []string{"infra/...", "runtime/...", "local/..."}},
		{packages: "infra/...", deny: []string{"handlers/...", "runtime/...", "local/..."}, allow: domain},
		{
			packages: "runtime/...", except: "runtime/lambda/...",
			deny: []string{"handlers/...", "infra/...", "local/..."}, allow: domain,
		},
		{packages: "openapi/...", deny: []string{"handlers/...", "infra/...", "runtime/...", "local/..."}},
		// It brings 20 MB along.
		{packages: "local/tempskv", deny: []string{"google.golang.org/grpc/..."}},
		{packages: "local/dashboard/...", deny: []string{"..."}},
		{packages: "local/docs", deny: []string{"..."}},
		// A function on Lambda starts in milliseconds because it is small.
		{packages: "runtime/lambda/...", deny: []string{
			"local/...", "modernc.org/...", "github.com/spf13/...", "github.com/containers/...",
			"github.com/prometheus/...", "go.opentelemetry.io/...", "infra/embedded", "infra/podman", "infra/sqlite", "infra/control/sqlite",
			"infra/backup/...", "github.com/minio/...",
		}, allow: []string{"local/docs"}},
		// Its control data are in Redis.
		{packages: "infra/control/redis/...", deny: []string{"modernc.org/...", "infra/sqlite/...", "infra/control/sqlite/..."}},
	} {
		for _, p := range all {
			if !matches(p.ImportPath, tt.packages) || matches(p.ImportPath, tt.except) || p.Standard {
				continue
			}
			for _, dep := range p.Deps {
				if matches(dep, tt.deny...) && !matches(dep, tt.allow...) && !all[dep].Standard {
					t.Errorf("%s must not reach %s", p.ImportPath, dep)
				}
			}
		}
	}
}

// TestWhoImportsWhat keeps each library behind the packages that are there to adapt it.
func TestWhoImportsWhat(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for _, tt := range []struct {
		library string
		only    []string
	}{
		{"github.com/danielgtaylor/huma/...", []string{"handlers", "handlers/body"}},
		{"github.com/redis/go-redis/...", []string{"infra/redis/...", "infra/external/...", "infra/control/...", "infra/podman/..."}},
		{"github.com/containers/...", []string{"infra/podman/..."}},
		{"modernc.org/...", []string{"infra/...", "local/..."}},
		{"github.com/spf13/cobra/...", []string{"local/..."}},
		{"github.com/yuin/goldmark/...", []string{"local/docs/site", "local/e2e/documents"}},
		{"github.com/alecthomas/chroma/...", []string{"local/docs/site"}},
		{"local/docs/site", []string{"local/docs/...", "local/e2e/documents"}},
		{"github.com/aws/aws-sdk-go-v2/...", []string{"infra/aws"}},
		{"github.com/minio/...", []string{"infra/backup/s3"}},
		{"github.com/johannesboyne/...", nil}, // for tests
		{"infra/backup/...", []string{"infra/backup/...", "local/tempskv"}},
		{"github.com/aws/aws-lambda-go/...", []string{"runtime/lambda/..."}},
		{"github.com/awslabs/...", []string{"runtime/lambda/..."}},
		{"github.com/prometheus/...", []string{"local/metrics"}},
		{"go.opentelemetry.io/...", []string{"local/tracing"}},
		{"github.com/Shopify/toxiproxy/...", nil}, // tests alone, which are not looked at
		{"infra/aws", []string{"runtime/lambda/..."}},
	} {
		for _, p := range all {
			if !strings.HasPrefix(p.ImportPath, module) || matches(p.ImportPath, tt.only...) {
				continue
			}
			for _, path := range p.Imports {
				if matches(path, tt.library) {
					t.Errorf("%s must not import %s", p.ImportPath, path)
				}
			}
		}
	}
}

func TestTopLevelHoldsWhatDesignAllows(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"handlers", "runtime", "openapi", "infra", "local", "template.yaml", "samconfig.toml", "Makefile", "go.mod", "go.sum",
		"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
	}
	for _, name := range checkout.Files(t) {
		top, _, _ := strings.Cut(name, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s does not belong at the top level", name)
		}
		if path.Dir(name) == "runtime" && path.Ext(name) == ".go" {
			t.Errorf("%s: no Go file belongs directly in runtime", name)
		}
	}
}

func TestEveryGoFileNamesItsLicence(t *testing.T) {
	t.Parallel()
	for _, name := range checkout.Files(t) {
		if path.Ext(name) != ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(e2e.Root, name))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		generated := strings.HasPrefix(first, "// Code generated ") && strings.HasSuffix(first, " DO NOT EDIT.")
		if first != "// SPDX-License-Identifier: Apache-2.0" && !generated {
			t.Errorf("%s does not begin with its SPDX line", name)
		}
	}
}
