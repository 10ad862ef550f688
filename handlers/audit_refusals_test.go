// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers"
)

// from sends a request to sign in from an address.
func from(api *handlers.API, address, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/api/session", strings.NewReader(fmt.Sprintf(`{"token":%q}`, token)))
	r.RemoteAddr = address + ":1"
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, r)
	return answer
}

// However many addresses fail to sign in, the audit log keeps what was done, and is neither filled nor kept busy with them.
func TestRefusedSignInsLeaveTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	w.project("p")
	const attempts = 20_000
	for i := range attempts {
		answer := from(w.api, fmt.Sprintf("127.%d.%d.%d", 1+i>>16, i>>8&255, i&255), "tk_nobody")
		if answer.Code != http.StatusUnauthorized {
			t.Fatalf("answered %d", answer.Code)
		}
	}
	done, refused := 0, 0
	for query := "?limit=1000"; query != ""; {
		page := w.want(200, w.admin, "GET", "/api/audit"+query, "")
		for _, e := range page["entries"].([]any) {
			if e.(map[string]any)["result"] == "ok" {
				done++
			} else {
				refused++
			}
		}
		query = ""
		if cursor := page["cursor"]; cursor != nil {
			query = "?limit=1000&cursor=" + cursor.(string)
		}
	}
	if done != 2 {
		t.Errorf("%d acts of the administrator are left, want 2", done)
	}
	if skipped := w.api.RefusalsSkipped(); refused < 100 || refused > attempts/2 || skipped != uint64(attempts-refused) {
		t.Errorf("%d refusals are recorded and %d counted", refused, skipped)
	}
}
