// SPDX-License-Identifier: Apache-2.0

package kv_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/openapi/goclient/kv"
)

// seen returns what a configuration sends: the URL, the token and the body.
func seen(t *testing.T, c kv.Config) (url, token, body string, err error) {
	t.Helper()
	c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		url, token, body = r.URL.String(), r.Header.Get("Authorization"), strings.TrimSpace(string(text))
		return reply(200, `{"keys":[]}`), nil
	})}
	store, err := kv.New(c)
	if err == nil {
		_, err = store.Keys(t.Context(), "*")
	}
	return url, token, body, err
}

func TestConfig(t *testing.T) {
	const url, token = "http://given:1", "dt_given"
	for _, tt := range []struct {
		name             string
		c                kv.Config
		env              map[string]string
		url, token, body string
		code             error
	}{
		{"given", kv.Config{URL: url, Token: token, ProjectID: 7},
			map[string]string{"TEMPS_API_URL": "http://env", "TEMPS_TOKEN": "dt_env", "TEMPS_PROJECT_ID": "8"},
			"http://given:1/api/kv/keys", "Bearer dt_given", `{"pattern":"*","project_id":7}`, nil},
		{"of the environment", kv.Config{},
			map[string]string{"TEMPS_API_URL": "https://env/\n", "TEMPS_TOKEN": " tk_env\n", "TEMPS_DEPLOYMENT_TOKEN": "dt_env", "TEMPS_PROJECT_ID": "8"},
			"https://env/api/kv/keys", "Bearer tk_env", `{"pattern":"*","project_id":8}`, nil},
		{"a deployment's", kv.Config{}, map[string]string{"TEMPS_API_URL": "https://env/api", "TEMPS_DEPLOYMENT_TOKEN": "dt_env"},
			"https://env/api/kv/keys", "Bearer dt_env", `{"pattern":"*"}`, nil},
		{"a base path", kv.Config{URL: " https://given/stage/api// ", Token: token + "\r\n"}, nil,
			"https://given/stage/api/kv/keys", "Bearer dt_given", `{"pattern":"*"}`, nil},
		{"a name that ends in api", kv.Config{URL: "https://given/my-api", Token: token}, nil,
			"https://given/my-api/api/kv/keys", "Bearer dt_given", `{"pattern":"*"}`, nil},
		{"a source", kv.Config{URL: url, TokenSource: func(context.Context) (string, error) { return "dt_source\n", nil }}, nil,
			"http://given:1/api/kv/keys", "Bearer dt_source", `{"pattern":"*"}`, nil},

		{"no URL", kv.Config{Token: token}, nil, "", "", "", kv.ErrMissingConfig},
		{"no token", kv.Config{URL: url}, nil, "", "", "", kv.ErrMissingConfig},
		{"the token for the URL", kv.Config{URL: "dt_Hunter2", Token: token}, nil, "", "", "", kv.ErrInvalidConfig},
		{"no scheme", kv.Config{URL: "kv.example.com", Token: token}, nil, "", "", "", kv.ErrInvalidConfig},
		{"another scheme", kv.Config{URL: "redis://given", Token: token}, nil, "", "", "", kv.ErrInvalidConfig},
		{"a password", kv.Config{URL: "https://me:Hunter2@given", Token: token}, nil, "", "", "", kv.ErrInvalidConfig},
		{"a query", kv.Config{URL: "https://given?key=Hunter2", Token: token}, nil, "", "", "", kv.ErrInvalidConfig},
		{"no URL at all", kv.Config{URL: "http://%zz/Hunter2", Token: token}, nil, "", "", "", kv.ErrInvalidConfig},
		{"a token of two lines", kv.Config{URL: url, Token: "dt_Hunter2\nX-Y: Hunter2"}, nil, "", "", "", kv.ErrInvalidConfig},
		{"a project by name", kv.Config{URL: url, Token: token}, map[string]string{"TEMPS_PROJECT_ID": "shop"}, "", "", "", kv.ErrInvalidConfig},
		{"a source of two lines", kv.Config{URL: url, TokenSource: func(context.Context) (string, error) { return "dt_Hunter2\nHunter2", nil }},
			nil, "", "", "", kv.ErrInvalidConfig},
		{"an empty source", kv.Config{URL: url, TokenSource: func(context.Context) (string, error) { return "", nil }},
			nil, "", "", "", kv.ErrMissingConfig},
		{"a source that fails", kv.Config{URL: url, TokenSource: func(context.Context) (string, error) { return "", io.ErrClosedPipe }},
			nil, "", "", "", io.ErrClosedPipe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"TEMPS_API_URL", "TEMPS_TOKEN", "TEMPS_DEPLOYMENT_TOKEN", "TEMPS_PROJECT_ID"} {
				t.Setenv(name, tt.env[name])
			}
			url, token, body, err := seen(t, tt.c)
			if !errors.Is(err, tt.code) || err != nil && (tt.code == nil || strings.Contains(err.Error(), "Hunter2")) {
				t.Errorf("got %v, want %v", err, tt.code)
			}
			if url != tt.url || token != tt.token || body != tt.body {
				t.Errorf("sent %s to %s with %s", body, url, token)
			}
		})
	}
}
