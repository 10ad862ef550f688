// SPDX-License-Identifier: Apache-2.0

package handlers_test

import "testing"

func TestLastAdministratorStays(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	first := w.want(200, w.admin, "GET", "/api/api-keys", "")["api_keys"].([]any)[0].(map[string]any)["id"].(string)
	path := "/api/api-keys/" + first
	w.want(201, w.admin, "POST", "/api/api-keys", `{"name":"reader","permissions":["SystemRead","KvWrite"]}`)
	for _, query := range []string{"", "?force=", "?force=false"} {
		w.refused("conflict", w.admin, "DELETE", path+query, "")
	}
	w.refused("invalid", w.admin, "DELETE", path+"?force=1", "")
	second := w.want(201, w.admin, "POST", "/api/api-keys", `{"name":"second","permissions":["SystemAdmin"]}`)
	w.want(204, w.admin, "DELETE", path, "")
	w.admin = second["token"].(string)
	path = "/api/api-keys/" + second["id"].(string)
	w.refused("conflict", w.admin, "DELETE", path, "")
	w.want(204, w.admin, "DELETE", path+"?force=true", "")
	w.refused("unauthorized", w.admin, "GET", "/api/api-keys", "")
}
