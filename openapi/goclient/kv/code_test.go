// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// ofManagement are the codes that no data operation gets.
var ofManagement = []string{
	"already_enabled", "backup_damaged", "backup_not_found", "busy", "conflict", "kv_not_enabled", "session_not_found", "token_not_found",
}

// TestCodesAreThoseOfTheDocument compares the constants with the codes that the document lists.
func TestCodesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(slices.Values(documentedCodes(t)))
	for file, got := range map[string][]string{
		"code.go":         append(declaredCodes(t, "code.go", "Err"), ofManagement...),
		"../generated.go": declaredCodes(t, "../generated.go", "ProblemCode"), // from the list in overlay.yaml
	} {
		slices.Sort(got)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("codes (-those of %s +documented):\n%s", file, diff)
		}
	}
}

// declaredCodes returns the values of the constants of a file that are codes of the server, and whose names begin with prefix.
func declaredCodes(t *testing.T, name, prefix string) (codes []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		constant, ok := n.(*ast.ValueSpec)
		if !ok || len(constant.Values) == 0 || !strings.HasPrefix(constant.Names[0].Name, prefix) {
			return true
		}
		code, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ToUpper(code) != code {
			codes = append(codes, code)
		}
		return true
	})
	return codes
}

// documentedCodes returns the longest list that the document has for the code of a problem: its known values.
func documentedCodes(t *testing.T) (codes []string) {
	t.Helper()
	text, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct{ Code map[string]any }
				} `yaml:"Problem"`
			}
		}
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for _, field := range document.Components.Schemas.Problem.Properties.Code {
		if list, ok := field.([]any); ok && len(list) > len(codes) {
			codes = nil
			for _, code := range list {
				codes = append(codes, code.(string))
			}
		}
	}
	return codes
}
