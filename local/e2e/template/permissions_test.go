// SPDX-License-Identifier: Apache-2.0

package template_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// maxPolicy is the size of a function's policy that the template keeps below, in bytes; Lambda's limit is 20 KB, and a statement
// there is longer than its text here.
const maxPolicy = 6 << 10

// permissions returns what API Gateway may call a function with, as patterns of stage/METHOD/path.
func (tm *template) permissions(function string) []string {
	var all []string
	for _, r := range tm.Resources {
		_, allowed, ok := strings.Cut(r.Properties.SourceARN, ":${Api}/")
		if r.Type == "AWS::Lambda::Permission" && r.Properties.FunctionName == function && ok {
			all = append(all, allowed)
		}
	}
	return all
}

// TestPermissions checks that API Gateway may call a function for each of its routes, by few statements, and for no others.
func TestPermissions(t *testing.T) {
	t.Parallel()
	var tm template
	readYAML(t, &tm, "template.yaml")
	for _, function := range []string{"DataFunction", "ManagementFunction"} {
		allowed := tm.permissions(function)
		used := map[string]bool{}
		for _, route := range tm.routes(function) {
			source := "$default/" + strings.Replace(route, " ", "", 1) // the route GET /a is called as stage/GET/a
			source = regexp.MustCompile(`{\w+}`).ReplaceAllString(source, "*")
			n := 0
			for _, pattern := range allowed {
				if glob(pattern).MatchString(source) {
					used[pattern] = true
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s: %d of %q allow the route %s", function, n, allowed, route)
			}
		}
		size := 0
		for _, pattern := range allowed {
			if !used[pattern] {
				t.Errorf("%s: %s allows no route", function, pattern)
			}
			statement, err := json.Marshal(map[string]any{
				"Sid": strings.Repeat("x", 100), "Effect": "Allow", "Principal": map[string]string{"Service": "apigateway.amazonaws.com"},
				"Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:" + strings.Repeat("x", 64),
				"Condition": map[string]any{"ArnLike": map[string]string{
					"AWS:SourceArn": "arn:aws:execute-api:us-east-1:123456789012:0123456789/" + pattern,
				}},
			})
			if err != nil {
				t.Fatal(err)
			}
			size += len(statement)
		}
		if t.Logf("%s: %d statements of %d bytes", function, len(allowed), size); size > maxPolicy {
			t.Errorf("%s: its policy has %d bytes, want at most %d", function, size, maxPolicy)
		}
	}
}

// glob returns a pattern of ArnLike as a regular expression.
func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}
