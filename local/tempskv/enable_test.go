// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEnableTakesARedisURL(t *testing.T) {
	t.Parallel()
	const url = "redis://:secret@redis:6379"
	for _, tt := range []struct{ name, args, stdin, variable, want string }{
		{"flag", "--redis-url " + url, "", "redis://other", `{"redis_url":"` + url + `"}`},
		{"standard input", "--redis-url -", url + "\n", "redis://other", `{"redis_url":"` + url + `"}`},
		{"variable", "--engine external", "", url, `{"engine":"external","redis_url":"` + url + `"}`},
		{"no variable", "--engine external", "", "", `{"engine":"external"}`},
		{"a variable that may be meant for serve", "", "", url, `{}`},
		{"a variable with another engine", "--engine embedded", "", url, `{"engine":"embedded"}`},
		{"nothing on standard input", "--redis-url -", "\n", url, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var sent string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent = strings.TrimSpace(string(body))
				_, _ = io.WriteString(w, `{"success":true,"message":"KV storage is on."}`)
			}))
			defer s.Close()
			env := map[string]string{"TEMPSKV_URL": s.URL, "TEMPSKV_TOKEN": "tk_test", "TEMPSKV_REDIS_URL": tt.variable}
			var out bytes.Buffer
			a := &app{stdin: strings.NewReader(tt.stdin), stdout: &out, stderr: &out,
				lookupEnv: func(name string) (string, bool) { return env[name], env[name] != "" }}
			code := a.run(t.Context(), append([]string{"enable"}, strings.Fields(tt.args)...))
			if sent != tt.want || (code == exitOK) != (sent != "") || strings.Contains(out.String(), "secret") {
				t.Errorf("got %d, sent %q, want %q: %s", code, sent, tt.want, out.String())
			}
		})
	}
}
