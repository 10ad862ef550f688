// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tempskv/tempskv/handlers/access"
)

func TestOriginsAreThoseOfBrowsers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                              nil,
		"*":                             {"*"},
		"https://App.Example.com/":      {"https://app.example.com"},
		"https://a.example:443":         {"https://a.example"},
		"http://a.example:80":           {"http://a.example"},
		"http://a.example:443":          {"http://a.example:443"},
		"http://[::1]:3000":             {"http://[::1]:3000"},
		"capacitor://localhost":         {"capacitor://localhost"},
		" https://a.example, ,http://b": {"https://a.example", "http://b"},
	} {
		got, err := access.ParseOrigins(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%q (-got +want):\n%s", text, diff)
		}
	}
	for _, text := range []string{
		"null", "a.example", "//a.example", "https://", "https://:443", "https://a.example/x", "https://a.example/?x",
		"https://a.example?x=1", "https://a.example#x", "https://user@a.example", "https://*.example.com", "https://é.example", "https://a b",
	} {
		if got, err := access.ParseOrigins(text); err == nil {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
