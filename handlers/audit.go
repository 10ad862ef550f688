// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/sessions"
)

type auditEntry struct {
	Time      time.Time `json:"time" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
	Actor     string    `json:"actor" example:"ci (m2c7w1)" doc:"The name and id of the token."`
	Action    string    `json:"action" example:"createProject" doc:"The operationId."`
	Target    string    `json:"target" example:"project:1" doc:"What it was about."`
	Result    string    `json:"result" example:"ok" doc:"ok, or the code of the problem; of a restore, once it is over: ok, failed, or rolled_back."`
	IP        string    `json:"ip" example:"127.0.0.1" doc:"Where the call came from."`
	RequestID string    `json:"request_id" example:"1f4u8kq0z6x2p" doc:"The X-Request-Id of the answer."`
}

type auditInput struct {
	Limit  limitParam `query:"limit" doc:"How many entries at most."`
	Cursor string     `query:"cursor" doc:"The cursor of the page before."`
	limit  int
}

func (in *auditInput) check(f *body.Violations) {
	in.limit = defaultLimit
	if in.Limit == "" {
		return
	}
	var err error
	if in.limit, err = strconv.Atoi(string(in.Limit)); err != nil || in.limit < 1 || in.limit > maxLimit {
		f.Add("query.limit", "must be an integer from 1 to "+strconv.Itoa(maxLimit))
	}
}

type auditOutput struct {
	Body struct {
		Entries []auditEntry `json:"entries" doc:"Newest first."`
		Cursor  *string      `json:"cursor" nullable:"true" doc:"Send it for the next page; null ends the log."`
	}
}

func registerAudit(a *API) {
	register(a, operation{
		id: "listAudit", method: http.MethodGet, path: "/api/audit", tag: accessTag, summary: "Read the audit log",
		description: "Returns the management calls that changed something or tried to, newest first. " +
			"It never holds a value or a token. Acts of administrators are kept for 400 days; of other acts, of refusals of " +
			"known callers and of unknown ones the newest 20,000 each.",
		need: access.SystemRead, query: true,
		response: `{"entries":[{"time":"2030-01-02T15:04:05Z","actor":"ci (m2c7w1)","action":"createProject",` +
			`"target":"project:1","result":"ok","ip":"127.0.0.1","request_id":"1f4u8kq0z6x2p"}],"cursor":null}`,
	}, a.listAudit)
}

func (a *API) listAudit(ctx context.Context, _ *scope, in *auditInput) (*auditOutput, error) {
	entries, cursor, err := a.control.AuditEntries(ctx, in.limit, in.Cursor)
	out := &auditOutput{}
	out.Body.Entries = make([]auditEntry, len(entries))
	for i, e := range entries {
		out.Body.Entries[i] = auditEntry{
			Time: e.Time.UTC(), Actor: e.Actor, Action: e.Action, Target: e.Target, Result: e.Result, IP: e.IP, RequestID: e.RequestID,
		}
	}
	out.Body.Cursor = known(cursor)
	return out, err
}

// record writes the audit log. The call has been made: it is recorded even if the caller has left, and a full
// log does not undo it.
func (a *API) record(ctx context.Context, sc *scope, result string) {
	op, kind := sc.op, auditKind(sc.principal, result)
	if !op.audited || sc.recorded || result != resultOK && !a.refused.due(caller(sc)+op.id, kind, a.now()) {
		return
	}
	if kind == access.AuditAct && a.recorded.Take(sc.principal.ID, a.now()) > 0 { // signs in and out again and again
		a.log.InfoContext(ctx, "not in the audit log, which this caller would fill", "request_id", sc.requestID, "action", op.id,
			"actor", actor(sc.principal))
		return
	}
	err := a.control.RecordAudit(context.WithoutCancel(ctx), access.AuditEntry{
		Time: a.now().UTC(), Actor: actor(sc.principal), Action: op.id, Target: sc.target, Result: result,
		IP: sc.ip, RequestID: sc.requestID, Kind: kind,
	})
	if err != nil {
		a.log.ErrorContext(ctx, "audit log", "request_id", sc.requestID, "action", op.id, "error", err)
	}
}

// resultOK is the result of a call that was done.
const resultOK = "ok"

func auditKind(p *access.Principal, result string) access.AuditKind {
	switch {
	case p == nil:
		return access.AuditAnonymous
	case result != resultOK:
		return access.AuditRefused
	case p.Can(access.SystemAdmin):
		return access.AuditAdmin
	}
	return access.AuditAct
}

// actor names the caller. One that fails to sign in has no name.
func actor(p *access.Principal) string {
	if p == nil {
		return "nobody"
	}
	return fmt.Sprintf("%s (%s)", p.Name, p.ID)
}

// caller identifies a caller.
func caller(sc *scope) string {
	if sc.principal == nil {
		return sessions.Network(sc.ip)
	}
	return sc.principal.ID
}
