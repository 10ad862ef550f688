// SPDX-License-Identifier: Apache-2.0

package template_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/local/e2e"
)

// template is what the tests read of template.yaml.
type template struct {
	Globals struct {
		Function struct {
			Environment environment `yaml:"Environment"`
		} `yaml:"Function"`
	} `yaml:"Globals"`
	Resources map[string]resource `yaml:"Resources"`
}

// resource is one of a type, with the properties that the tests read.
type resource struct {
	Type                string `yaml:"Type"`
	DeletionPolicy      string `yaml:"DeletionPolicy"`
	UpdateReplacePolicy string `yaml:"UpdateReplacePolicy"`
	Properties          struct {
		AccessString string         `yaml:"AccessString"`
		Environment  environment    `yaml:"Environment"`
		Events       map[string]any `yaml:"Events"`

		// Of routes, integrations and permissions.
		RouteKey       string `yaml:"RouteKey"`
		Target         string `yaml:"Target"`
		IntegrationURI string `yaml:"IntegrationUri"`
		FunctionName   any    `yaml:"FunctionName"`
		SourceARN      string `yaml:"SourceArn"`

		// Of alarms and log groups.
		Namespace  string `yaml:"Namespace"`
		MetricName string `yaml:"MetricName"`
		Dimensions []struct {
			Value string `yaml:"Value"`
		} `yaml:"Dimensions"`
		LowSamples       string `yaml:"EvaluateLowSampleCountPercentile"`
		TreatMissingData string `yaml:"TreatMissingData"`
		AlarmActions     any    `yaml:"AlarmActions"`
		LogGroupName     string `yaml:"LogGroupName"`
	} `yaml:"Properties"`
}

// environment is that of a function.
type environment struct {
	Variables map[string]any `yaml:"Variables"`
}

// readYAML decodes a file of the repository.
func readYAML(t *testing.T, into any, path ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{e2e.Root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", filepath.Join(path...), err)
	}
}

// routes returns the routes of a function, as METHOD path or $default.
func (tm *template) routes(function string) []string {
	var all []string
	for _, r := range tm.Resources {
		name, ok := strings.CutPrefix(r.Properties.Target, "integrations/")
		if r.Type != "AWS::ApiGatewayV2::Route" || !ok {
			continue
		}
		integration := tm.Resources[strings.Trim(name, "${}")].Properties.IntegrationURI
		if strings.Contains(integration, "/${"+function+".Arn}/") {
			all = append(all, r.Properties.RouteKey)
		}
	}
	slices.Sort(all)
	return all
}

// TestEveryOperationHasARoute compares the routes of the template with the operations of openapi.yaml: each goes to
// the function that has the rights for it, and there are no others.
func TestEveryOperationHasARoute(t *testing.T) {
	t.Parallel()
	var tm template
	readYAML(t, &tm, "template.yaml")
	var document struct {
		Paths map[string]map[string]any
	}
	readYAML(t, &document, "openapi", "openapi.yaml")
	data, management := []string{"$default"}, []string{}
	for path, methods := range document.Paths {
		for method := range methods {
			route := strings.ToUpper(method) + " " + path
			switch {
			case !slices.Contains([]string{"get", "put", "post", "delete", "patch", "head", "options"}, method):
				t.Errorf("%s has %s, which is not a method", path, method)
			case isData(route):
				data = append(data, route)
			default:
				management = append(management, route)
			}
		}
	}
	slices.Sort(data)
	slices.Sort(management)
	for function, want := range map[string][]string{"DataFunction": data, "ManagementFunction": management} {
		if diff := cmp.Diff(tm.routes(function), want); diff != "" {
			t.Errorf("routes of %s, those of the template (-) and those of openapi.yaml (+):\n%s", function, diff)
		}
	}
}

// TestBootstrapReadsWhatTheTemplateSets compares the settings that the template gives the functions with those that
// their program asks for.
func TestBootstrapReadsWhatTheTemplateSets(t *testing.T) {
	t.Parallel()
	var tm template
	readYAML(t, &tm, "template.yaml")
	source, err := os.ReadFile(filepath.Join(e2e.Root, "runtime", "lambda", "bootstrap", "environment.go"))
	if err != nil {
		t.Fatal(err)
	}
	read := string(source)
	for _, function := range []string{"DataFunction", "ManagementFunction"} {
		set := maps.Clone(tm.Globals.Function.Environment.Variables)
		maps.Copy(set, tm.Resources[function].Properties.Environment.Variables)
		if len(set) < 5 {
			t.Errorf("%s gets %d settings", function, len(set))
		}
		for name := range set {
			if !strings.Contains(read, `getenv("`+name+`")`) {
				t.Errorf("%s gets %s, which its program does not read", function, name)
			}
		}
	}
}

// isData reports whether a route is one of the data operations: POST /api/kv/{op}, except those that turn the service on and
// make backups.
func isData(route string) bool {
	op, ok := strings.CutPrefix(route, "POST /api/kv/")
	return ok && !strings.Contains(op, "/") && op != "enable" && op != "backups"
}
