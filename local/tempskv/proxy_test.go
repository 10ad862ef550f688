// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The address in the audit log is the client's: what a trusted proxy says, and nobody else.
func TestAddressesBehindAProxy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"nobody is trusted":     {nil, "127.0.0.1"},
		"another is trusted":    {[]string{"--trusted-proxy", "10.0.0.0/8"}, "127.0.0.1"},
		"the caller is trusted": {[]string{"--trusted-proxy", "10.0.0.0/8,127.0.0.1"}, "203.0.113.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := servePiped(t, t.TempDir(), tt.args...)
			send := func(method, path, body, token string) *http.Response {
				t.Helper()
				r, err := http.NewRequest(method, p.local.URL+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.1.2.3")
				r.Header.Set("Authorization", "Bearer "+token)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { answer.Body.Close() })
				return answer
			}
			if answer := send("POST", "/api/session", `{"token":"tk_wrong"}`, ""); answer.StatusCode != http.StatusUnauthorized {
				t.Errorf("answered %d", answer.StatusCode)
			}
			var log struct{ Entries []struct{ IP string } }
			if err := json.NewDecoder(send("GET", "/api/audit", "", p.local.Token).Body).Decode(&log); err != nil {
				t.Fatal(err)
			}
			if len(log.Entries) != 1 || log.Entries[0].IP != tt.want {
				t.Errorf("got %+v, want %s", log.Entries, tt.want)
			}
		})
	}
}
