// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// problemKind is what a sentinel of the domain means over HTTP.
type problemKind struct {
	err    error
	status int
	code   string
	title  string
	detail string // used where the error has none for the caller: what happened and what to do
}

// problemKinds is the one table of errors and statuses. The first kind that an error is, it is answered with.
var problemKinds = []problemKind{
	{kv.ErrMalformed, 400, "malformed_json", "Malformed JSON", "The body is not one JSON text."},
	{kv.ErrProjectIDRequired, 400, "project_id_required", "Project ID Required",
		"An API key reaches many projects: name one by project_id in the body."},
	{kv.ErrUnauthorized, 401, "unauthorized", "Unauthorized",
		"Send a valid token: Authorization: Bearer TOKEN. This one is missing, unknown, expired or revoked."},
	{kv.ErrPermissionDenied, 403, "permission_denied", "Permission Denied", "This token may not do that."},
	{kv.ErrNotFound, 404, "not_found", "Not Found", "There is no such route: see /docs."},
	{kv.ErrProjectNotFound, 404, "project_not_found", "Project Not Found", "There is no project with this id."},
	{kv.ErrTokenNotFound, 404, "token_not_found", "Token Not Found", "There is no token or API key with this id."},
	{kv.ErrSessionNotFound, 404, "session_not_found", "Session Not Found",
		"There is no session with this id, or it is not yours."},
	{kv.ErrBackupNotFound, 404, "backup_not_found", "Backup Not Found", "There is no backup with this id."},
	{kv.ErrNotEnabled, 404, "kv_not_enabled", "KV Not Enabled", "KV storage is not enabled: call enable first."},
	{kv.ErrMethodNotAllowed, 405, "method_not_allowed", "Method Not Allowed", "Use a method that Allow names."},
	{kv.ErrNotInteger, 409, "not_an_integer", "Not An Integer",
		"The stored value is not an integer of 64 bits: set it to one first."},
	{kv.ErrOverflow, 409, "overflow", "Overflow", "The sum would not fit into 64 bits; nothing was changed."},
	{kv.ErrWrongType, 409, "wrong_type", "Wrong Type",
		"The key holds another type than a string, written by another Redis client."},
	{kv.ErrAlreadyEnabled, 409, "already_enabled", "Already Enabled",
		"KV storage is already enabled with other settings: use update to change them."},
	{kv.ErrBusy, 409, "busy", "Busy", "Another enable, update or disable is running: wait for it, then try again."},
	{kv.ErrBackupDamaged, 409, "backup_damaged", "Backup Damaged",
		"The backup is not as it was written: verify says what is wrong. Nothing was changed; take another one."},
	{kv.ErrConflict, 409, "conflict", "Conflict", "The request does not fit what is there."},
	{kv.ErrTooManyKeys, 413, "too_many_keys", "Too Many Keys",
		"More than 100,000 keys or 16 MiB of names match: use scan."},
	{kv.ErrTooLarge, 413, "too_large", "Too Large", "The request or its answer is larger than allowed."},
	{kv.ErrUnsupportedMedia, 415, "unsupported_media_type", "Unsupported Media Type",
		"Send Content-Type: application/json."},
	{kv.ErrInvalid, 422, "invalid", "Invalid", "The request is not valid: see errors."},
	{kv.ErrManySlots, 422, "many_slots", "Many Slots",
		"Behind this service is a Redis Cluster, and the keys lie in different hash slots, which no one transaction holds: put " +
			"the same {tag} into them, or leave Idempotency-Key out. Nothing was applied."},
	{kv.ErrRateLimited, 429, "rate_limited", "Rate Limited", "Too many requests: wait as long as Retry-After says."},
	{kv.ErrNotSupported, 501, "not_supported", "Not Supported", "This engine or runtime cannot do that."},
	{kv.ErrDisabled, 503, "kv_disabled", "KV Disabled", "KV storage is disabled: an administrator can enable it."},
	{kv.ErrUnavailable, 503, "kv_unavailable", "KV Unavailable",
		"The store cannot be reached. Nothing was applied: try again."},
	{kv.ErrStorageFull, 503, "storage_full", "Storage Full",
		"The disk takes no more writes: it is full, or read-only. Nothing was applied."},
	{kv.ErrTimeout, 504, "timeout", "Timeout", "The store did not answer in time. Nothing was changed."},
	{kv.ErrOutcomeUnknown, 504, "timeout", "Timeout",
		"The write was sent and no answer came: it may or may not have been applied. Read before you repeat it."},
	{kv.ErrOutOfMemory, 507, "out_of_memory", "Out Of Memory",
		"max_memory is reached. Reads and deletes still work: delete keys or raise max_memory."},
	{kv.ErrQuotaExceeded, 507, "quota_exceeded", "Quota Exceeded",
		"The project holds as many keys or bytes as it may. Reads and deletes still work: delete keys, or have the limit raised."},
	{kv.ErrDamaged, 500, "data_damaged", "Data Damaged",
		"What is stored there is not what was written, and is not given out: an administrator has to restore a backup. " +
			"Nothing was changed."},
	{errInternal, 500, "internal", "Internal Server Error",
		"Something went wrong inside: a write may or may not have been applied. The log says more under this request_id."},
}

// errInternal stands for every error that is none of the domain's.
var errInternal = errors.New("internal error")

// kindOf finds the row of an error; the last one, which fits all, if there is no other.
func kindOf(err error) *problemKind {
	for i := range problemKinds {
		if errors.Is(err, problemKinds[i].err) {
			return &problemKinds[i]
		}
	}
	return &problemKinds[len(problemKinds)-1]
}

// problem is a response that refuses, as RFC 9457 has it.
type problem struct {
	Type      string          `json:"type" format:"uri-reference" example:"https://kv.example/docs/errors/invalid" doc:"The address of the page about the code, on the server that was asked. Programs go by code."`
	Title     string          `json:"title" example:"Invalid" doc:"The kind of problem in words."`
	Status    int             `json:"status" example:"422" doc:"The HTTP status."`
	Detail    string          `json:"detail" example:"The request is not valid: see errors." doc:"What happened, and what to do."`
	Code      string          `json:"code" example:"invalid" doc:"The kind of problem, for programs. Later versions may add codes: take one that you do not know by its status."`
	RequestID string          `json:"request_id" example:"01hx5k3" doc:"The X-Request-Id of the answer; the log has it too."`
	Errors    body.Violations `json:"errors,omitempty" nullable:"false" doc:"What is wrong with the request, where it is invalid."`
	Outcome   string          `json:"outcome,omitempty" enum:"unknown" doc:"Set where a write was sent and no answer came."`

	header http.Header
}

// TransformSchema lists the codes.
func (p *problem) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	for _, k := range problemKinds {
		if codes := &s.Properties["code"].Enum; !slices.Contains(*codes, any(k.code)) {
			*codes = append(*codes, k.code)
		}
	}
	return s
}

// newProblem builds the response to an error at a server with that address. The text of an error reaches the caller only where it is a Refusal,
// also for a 5xx: a Refusal is written for the caller.
func newProblem(err error, address, requestID string) *problem {
	k := kindOf(err)
	p := &problem{
		Type: strings.TrimSuffix(address, "/") + docsPath + "/errors/" + k.code, Title: k.title, Status: k.status, Detail: k.detail,
		Code: k.code, RequestID: requestID,
	}
	var r *kv.Refusal
	if errors.As(err, &r) {
		p.Detail = r.Detail
	}
	var f *invalidError
	if errors.As(err, &f) {
		p.Errors = f.violations
	}
	if k.err == kv.ErrOutcomeUnknown {
		p.Outcome = "unknown"
	}
	var early *tooEarly
	if errors.As(err, &early) {
		p.Detail = cmp.Or(early.detail, p.Detail)
		p.header = http.Header{"Retry-After": {strconv.FormatInt(wholeSeconds(early.wait), 10)}}
	}
	switch k.status {
	case http.StatusUnauthorized:
		p.header = http.Header{"Www-Authenticate": {"Bearer"}}
	case http.StatusServiceUnavailable:
		if k.err == kv.ErrUnavailable {
			p.header = http.Header{"Retry-After": {"1"}}
		}
	}
	return p
}

// Error, GetStatus and ContentType are what huma asks of an error that it describes.
func (p *problem) Error() string             { return p.Code }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// write answers a request that has not come to an operation, or that panicked in one.
func (p *problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(p) // the caller is gone if this fails
}

// invalidError is ErrInvalid with what is wrong.
type invalidError struct{ violations body.Violations }

func (e *invalidError) Error() string { return kv.ErrInvalid.Error() }
func (e *invalidError) Unwrap() error { return kv.ErrInvalid }

// tooEarly is ErrRateLimited with the time to wait and, if it is known, whose limit it is.
type tooEarly struct {
	wait   time.Duration
	detail string
}

func (e *tooEarly) Error() string { return kv.ErrRateLimited.Error() }
func (e *tooEarly) Unwrap() error { return kv.ErrRateLimited }
