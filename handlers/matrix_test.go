// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/handlers/access"
)

// Who may call an operation, in addition to those who have a certain permission.
const (
	anybody   access.Permissions = 1 << 7 // it is the body that tells who calls
	anyToken  access.Permissions = 0
	anyAPIKey access.Permissions = 1 << 5 // or a session
	inBrowser access.Permissions = 1 << 6 // who has the cookie of a session, and proves to be its page
)

// row says of an operation who may call it, with what it is called, and what it answers to who may.
type row struct {
	need access.Permissions
	data bool   // a data operation, of project 1
	path string // with ids in place of parameters, where the operation has any
	body string
	ok   int // where that is not 200. Some calls go on to be refused, after the permissions, so that they change nothing
}

// matrix has one row for each operation of the document. It is the only place that says what is expected.
var matrix = map[string]row{
	"kvGet":      {need: access.KvRead, data: true, body: `{"key":"a"}`},
	"kvRead":     {need: access.KvRead, data: true, body: `{"key":"a"}`},
	"kvMget":     {need: access.KvRead, data: true, body: `{"keys":["a"]}`},
	"kvExists":   {need: access.KvRead, data: true, body: `{"keys":["a"]}`},
	"kvDescribe": {need: access.KvRead, data: true, body: `{"keys":["a"]}`},
	"kvTtl":      {need: access.KvRead, data: true, body: `{"key":"a"}`},
	"kvKeys":     {need: access.KvRead, data: true, body: `{"pattern":"*"}`},
	"kvExport":   {need: access.KvRead, data: true, body: `{}`},
	"kvScan":     {need: access.KvRead, data: true, body: `{"limit":1}`},
	"kvSet":      {need: access.KvWrite, data: true, body: `{"key":"a","value":1}`},
	"kvMset":     {need: access.KvWrite, data: true, body: `{"entries":[{"key":"a","value":1}]}`},
	"kvIncr":     {need: access.KvWrite, data: true, body: `{"key":"n"}`},
	"kvExpire":   {need: access.KvWrite, data: true, body: `{"key":"a","seconds":100}`},
	"kvPersist":  {need: access.KvWrite, data: true, body: `{"key":"a"}`},
	"kvDel":      {need: access.KvWrite, data: true, body: `{"keys":["z"]}`},

	"kvStatus":        {need: anyToken},
	"kvStats":         {need: access.SystemRead},
	"getProjectStats": {need: access.SystemRead, path: "/api/projects/1/stats"},
	"kvEvents":        {need: access.SystemRead},
	"getSystem":       {need: access.SystemRead},
	"kvEnable":        {need: access.SystemAdmin, body: `{}`},
	"kvUpdate":        {need: access.SystemAdmin, body: `{"max_memory":"64mb"}`},
	"kvDisable":       {need: access.SystemAdmin},
	"kvPurgeEngine":   {need: access.SystemAdmin, ok: http.StatusNotImplemented}, // by this engine

	"kvAcceptEmpty": {need: access.SystemAdmin, ok: http.StatusNotImplemented}, // by this engine

	"createBackup":         {need: access.SystemAdmin, body: `{}`, ok: http.StatusCreated},
	"listBackups":          {need: access.SystemRead},
	"getBackup":            {need: access.SystemRead, path: "/api/kv/backups/x", ok: http.StatusNotFound},
	"deleteBackup":         {need: access.SystemAdmin, path: "/api/kv/backups/x", ok: http.StatusNotFound},
	"verifyBackup":         {need: access.SystemAdmin, path: "/api/kv/backups/x/verify", ok: http.StatusNotFound},
	"restoreBackup":        {need: access.SystemAdmin, path: "/api/kv/backups/x/restore", body: `{}`, ok: http.StatusNotFound},
	"permitDownload":       {need: access.SystemAdmin, path: "/api/kv/backups/20300102T150405Z-k3v7x2ab/download-code", ok: http.StatusNotFound},
	"downloadBackup":       {need: access.SystemAdmin, path: "/api/kv/backups/x/download", ok: http.StatusNotFound},
	"getBackupSchedule":    {need: access.SystemRead},
	"updateBackupSchedule": {need: access.SystemAdmin, body: `{}`},

	"listProjects":  {need: access.SystemRead},
	"getProject":    {need: access.SystemRead, path: "/api/projects/1"},
	"createProject": {need: access.SystemAdmin, body: `{"name":"p"}`, ok: http.StatusCreated},
	"updateProject": {need: access.SystemAdmin, path: "/api/projects/1", body: `{"limits":{"keys":100}}`},
	"deleteProject": {need: access.SystemAdmin, path: "/api/projects/999", ok: http.StatusNotFound},
	"listTokens":    {need: access.SystemRead, path: "/api/projects/1/tokens"},
	"createToken":   {need: access.SystemAdmin, path: "/api/projects/1/tokens", body: `{"name":"t"}`, ok: http.StatusCreated},
	"revokeToken":   {need: access.SystemAdmin, path: "/api/projects/1/tokens/x", ok: http.StatusNotFound},
	"listAPIKeys":   {need: access.SystemAdmin},
	"createAPIKey":  {need: access.SystemAdmin, body: `{"name":"k","permissions":["KvRead"]}`, ok: http.StatusCreated},
	"revokeAPIKey":  {need: access.SystemAdmin, path: "/api/api-keys/x", ok: http.StatusNotFound},
	"listAudit":     {need: access.SystemRead},

	"createSession":     {need: anybody, body: `{}`, ok: http.StatusUnprocessableEntity},
	"getSession":        {need: inBrowser},
	"createSessionLink": {need: anyAPIKey, ok: http.StatusCreated},
	"deleteSession":     {need: inBrowser, ok: http.StatusNoContent},
	"listSessions":      {need: anyToken},
	"endSession":        {need: anyToken, path: "/api/sessions/x", ok: http.StatusNotFound},
}

// expect derives from a row what a caller is answered.
func (r row) expect(c caller) (status int, code string) {
	admitted := c.known
	switch r.need {
	case anybody:
		admitted = !c.foreign
	case inBrowser:
		admitted = c.proven
	}
	switch {
	case !admitted:
		return http.StatusUnauthorized, "unauthorized"
	case r.need == anyAPIKey && c.deployed:
		return http.StatusForbidden, "permission_denied"
	case r.need == anyAPIKey, r.need == anybody, r.need == inBrowser, r.need == anyToken:
	case c.may&(r.need|access.SystemAdmin) == 0, r.data && c.elsewhere:
		return http.StatusForbidden, "permission_denied"
	}
	if r.ok == 0 {
		return http.StatusOK, ""
	}
	return r.ok, ""
}

// route is an operation as the document names it.
type route struct{ id, method, path string }

// routes reads the operations out of the document, which is made of what is registered.
func (w *world) routes() (all []route) {
	w.t.Helper()
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(call(w.api, "GET", "/openapi.json", "", "").Body.Bytes(), &document); err != nil {
		w.t.Fatal(err)
	}
	for path, item := range document.Paths {
		for method, op := range item {
			all = append(all, route{op.OperationID, strings.ToUpper(method), path})
		}
	}
	return all
}

// TestEveryOperationByEveryCaller holds each operation against the matrix, and the matrix against the document: a new
// operation needs a row.
func TestEveryOperationByEveryCaller(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	w.api.Drain() // so that events end at once
	one, two := w.project("one"), w.project("two")
	w.do(w.admin, "set", fmt.Sprintf(`{"key":"a","value":1,"project_id":%d}`, one))
	callers := w.callers(one, two)
	routes := w.routes()
	for _, r := range routes {
		row, ok := matrix[r.id]
		if !ok {
			t.Errorf("%s %s (%s) has no row in the matrix: say who may call it", r.method, r.path, r.id)
			continue
		}
		if row.path != "" {
			r.path = row.path
		}
		if row.data {
			row.body = strings.Replace(fmt.Sprintf(`{"project_id":%d,%s`, one, row.body[1:]), ",}", "}", 1)
		}
		for name, c := range callers {
			w.hold(name, c(), r, row)
		}
	}
	if len(routes) != len(matrix) {
		t.Errorf("%d operations and %d rows: one stands for an operation that is gone", len(routes), len(matrix))
	}
}

// hold makes one call and demands what the row says. A caller that may not GET may not HEAD either.
func (w *world) hold(name string, c caller, r route, row row) {
	w.t.Helper()
	w.want(http.StatusOK, w.admin, "POST", "/api/kv/enable", `{}`) // which the call before may have undone
	status, code := row.expect(c)
	methods := []string{r.method}
	if r.method == http.MethodGet && row.need != inBrowser {
		methods = append(methods, http.MethodHead)
	}
	for _, method := range methods {
		answer := c.send(method, r.path, row.body)
		if got := answer.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			w.t.Errorf("%s %s by %s: got X-Content-Type-Options %q", method, r.path, name, got)
		}
		if answer.Code != status {
			w.t.Errorf("%s %s by %s: answered %d %s, want %d", method, r.path, name, answer.Code, answer.Body, status)
			continue
		}
		if code != "" {
			if p := problemOf(w.t, answer); p.Code != code {
				w.t.Errorf("%s %s by %s: got %s, want %s", method, r.path, name, p.Code, code)
			}
		}
		if got := answer.Header().Get("WWW-Authenticate"); (got == "Bearer") != (status == http.StatusUnauthorized) {
			w.t.Errorf("%s %s by %s: got WWW-Authenticate %q", method, r.path, name, got)
		}
	}
}
