// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// APIKeyEntry is an API key as it is listed. It is exported because huma passes over embedded types that are not.
type APIKeyEntry struct {
	CredentialBody
	Permissions []string       `json:"permissions" enum:"SystemAdmin,SystemRead,KvRead,KvWrite" example:"[\"KvRead\"]" doc:"What it may do."`
	ProjectIDs  []kv.ProjectID `json:"project_ids" nullable:"true" doc:"The projects that its data operations may name; null for every project."`
}

func newAPIKeyEntry(c access.Credential) APIKeyEntry {
	return APIKeyEntry{newCredentialBody(c), c.Permissions.Names(), c.Projects}
}

type createdAPIKeyBody struct {
	APIKeyEntry
	Token access.Token `json:"token" example:"tk_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q" doc:"The API key itself, shown here and never again."`
}

type apiKeysOutput struct {
	Body struct {
		APIKeys []APIKeyEntry `json:"api_keys" doc:"Oldest first."`
	}
}

type apiKeyRequest struct {
	CredentialFields
	Permissions []string       `json:"permissions" minItems:"1" maxItems:"4" enum:"SystemAdmin,SystemRead,KvRead,KvWrite" example:"[\"KvRead\",\"KvWrite\"]" doc:"What it may do."`
	ProjectIDs  []kv.ProjectID `json:"project_ids,omitempty" minItems:"1" maxItems:"1000" minimum:"1" maximum:"9007199254740991" example:"[1]" doc:"Narrows its data operations to these projects; every project, if it is not given."`
}

func (in *apiKeyRequest) granted() (p access.Permissions) {
	for _, name := range in.Permissions {
		permission, _ := access.ParsePermission(name)
		p |= permission
	}
	return p
}

type createAPIKeyInput struct{ Body apiKeyRequest }

func (in *createAPIKeyInput) check(f *body.Violations) { in.Body.checkExpiry(f) }

type createAPIKeyOutput struct{ Body createdAPIKeyBody }

// APIKeyInput names an API key. It is exported because huma passes over embedded types that are not.
type APIKeyInput struct {
	ID credentialID `path:"id" example:"k3v9x2" doc:"The API key's id, as listed."`
}

func (in *APIKeyInput) check(f *body.Violations) { in.ID.check(f, "path.id") }
func (in *APIKeyInput) target() string           { return apiKeyTarget(in.ID.loggable()) }

type revokeAPIKeyInput struct {
	APIKeyInput
	Force flagParam `query:"force" doc:"Revokes the last API key with SystemAdmin too."`
}

func (in *revokeAPIKeyInput) check(f *body.Violations) {
	in.APIKeyInput.check(f)
	in.Force.check(f, "query.force")
}

const apiKeyExample = `"id":"m2c7w1","name":"ci","prefix":"tk_","last4":"x7Qa","created_at":"2030-01-02T15:04:05Z",` +
	`"expires_at":null,"last_used_at":null,"permissions":["KvRead","KvWrite"],"project_ids":[1]`

func registerAPIKeys(a *API) {
	const path = "/api/api-keys"
	register(a, operation{
		id: "createAPIKey", method: http.MethodPost, path: path, tag: accessTag, summary: "Create an API key",
		description: "Makes an API key with the permissions given. It is shown in this answer and never again.",
		need:        access.SystemAdmin, status: http.StatusCreated, audited: true,
		request:  `{"name":"ci","permissions":["KvRead","KvWrite"],"project_ids":[1]}`,
		response: `{` + apiKeyExample + `,"token":"tk_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q"}`,
	}, a.createAPIKey)
	register(a, operation{
		id: "listAPIKeys", method: http.MethodGet, path: path, tag: accessTag, summary: "List API keys",
		description: "Returns the API keys, without the keys themselves.", need: access.SystemAdmin,
		response: `{"api_keys":[{` + apiKeyExample + `}]}`,
	}, a.listAPIKeys)
	register(a, operation{
		id: "revokeAPIKey", method: http.MethodDelete, path: path + "/{id}", tag: accessTag, summary: "Revoke an API key",
		description: "Ends an API key at once. The last one with SystemAdmin is not revoked without force: conflict. Another one counts if " +
			"it is valid for a day more, or for as long as this one.",
		need: access.SystemAdmin, status: http.StatusNoContent, audited: true, query: true,
		errors: []error{kv.ErrTokenNotFound, kv.ErrConflict},
	}, a.revokeAPIKey)
}

func (a *API) createAPIKey(ctx context.Context, sc *scope, in *createAPIKeyInput) (*createAPIKeyOutput, error) {
	created, token, err := a.addCredential(ctx, access.APIKey, access.Principal{
		Name: in.Body.Name, Permissions: in.Body.granted(), Projects: in.Body.ProjectIDs, ExpiresAt: in.Body.expiry(),
	})
	if err != nil {
		return nil, err
	}
	sc.target = apiKeyTarget(created.ID)
	return &createAPIKeyOutput{createdAPIKeyBody{newAPIKeyEntry(created), token}}, nil
}

func (a *API) listAPIKeys(ctx context.Context, _ *scope, _ *noInput) (*apiKeysOutput, error) {
	keys, err := a.control.APIKeys(ctx)
	out := &apiKeysOutput{}
	out.Body.APIKeys = make([]APIKeyEntry, len(keys))
	for i, k := range keys {
		out.Body.APIKeys[i] = newAPIKeyEntry(k)
	}
	return out, err
}

// revokeAPIKey also ends the sessions of the key. Those of other servers end when they are used.
func (a *API) revokeAPIKey(ctx context.Context, _ *scope, in *revokeAPIKeyInput) (*struct{}, error) {
	if err := a.control.RevokeAPIKey(ctx, string(in.ID), in.Force == flagSet); err != nil {
		return nil, err
	}
	if a.sessions == nil {
		return nil, nil
	}
	return nil, a.sessions.EndSessionsOf(ctx, string(in.ID))
}

func apiKeyTarget(id string) string { return "api-key:" + id }
