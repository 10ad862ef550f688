// SPDX-License-Identifier: Apache-2.0

package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
	"github.com/tempskv/tempskv/handlers/body"
	"github.com/tempskv/tempskv/handlers/kv"
)

// CredentialBody is what deployment tokens and API keys show alike. It is exported because huma passes over
// embedded types that are not.
type CredentialBody struct {
	ID         string     `json:"id" example:"k3v9x2" doc:"Names it in calls; it is no secret."`
	Name       string     `json:"name" example:"web server" doc:"For people; need not be unique."`
	Prefix     string     `json:"prefix" example:"dt_" doc:"The first characters of the token."`
	Last4      string     `json:"last4" example:"x7Qa" doc:"The last 4 characters of the token."`
	CreatedAt  time.Time  `json:"created_at" example:"2030-01-02T15:04:05Z" doc:"In UTC."`
	ExpiresAt  *time.Time `json:"expires_at" nullable:"true" doc:"In UTC; null if it does not expire."`
	LastUsedAt *time.Time `json:"last_used_at" nullable:"true" doc:"In UTC, some seconds behind; null if it was never used."`
}

func newCredentialBody(c access.Credential) CredentialBody {
	return CredentialBody{
		ID: c.ID, Name: c.Name, Prefix: c.Prefix, Last4: c.Last4, CreatedAt: c.CreatedAt.UTC(),
		ExpiresAt: timeOrNull(c.ExpiresAt), LastUsedAt: timeOrNull(c.LastUsedAt),
	}
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// TokenBody is a deployment token as it is listed.
type TokenBody struct {
	CredentialBody
	ReadOnly bool `json:"read_only" doc:"Whether it has KvRead alone, without KvWrite."`
}

func newTokenBody(c access.Credential) TokenBody {
	return TokenBody{newCredentialBody(c), !c.Can(access.KvWrite)}
}

type createdTokenBody struct {
	TokenBody
	Token access.Token `json:"token" example:"dt_0123456789abcdefghijklmnopqrst000000" doc:"The token itself, shown here and never again."`
}

type tokensOutput struct {
	Body struct {
		Tokens []TokenBody `json:"tokens" doc:"Oldest first."`
	}
}

// CredentialFields are what requests for deployment tokens and API keys share. It is exported because huma passes over
// embedded types that are not.
type CredentialFields struct {
	Name      string     `json:"name" minLength:"1" maxLength:"200" example:"web server" doc:"For people; need not be unique."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" example:"2030-01-02T15:04:05Z" doc:"When it ends; never, if it is not given."`
}

// checkExpiry refuses a credential that would have ended before it began.
func (in *CredentialFields) checkExpiry(f *body.Violations) {
	if in.ExpiresAt != nil && !in.ExpiresAt.After(time.Now()) {
		f.Add("body.expires_at", "must be in the future")
	}
}

// expiry returns when the credential ends, the zero time for never.
func (in *CredentialFields) expiry() time.Time {
	if in.ExpiresAt == nil {
		return time.Time{}
	}
	return *in.ExpiresAt
}

type tokenRequest struct {
	CredentialFields
	ReadOnly bool `json:"read_only,omitempty" doc:"Gives KvRead alone, without KvWrite."`
}

type createTokenInput struct {
	ProjectInput
	Body tokenRequest
}

func (in *createTokenInput) check(f *body.Violations) {
	in.ProjectInput.check(f)
	in.Body.checkExpiry(f)
}

type createTokenOutput struct{ Body createdTokenBody }

type tokenInput struct {
	ProjectInput
	TokenID credentialID `path:"token_id" example:"k3v9x2" doc:"The token's id, as listed."`
}

func (in *tokenInput) check(f *body.Violations) {
	in.ProjectInput.check(f)
	in.TokenID.check(f, "path.token_id")
}

func (in *tokenInput) target() string { return tokenTarget(in.TokenID.loggable()) }

const tokenExample = `"id":"k3v9x2","name":"web server","prefix":"dt_","last4":"x7Qa","created_at":"2030-01-02T15:04:05Z",` +
	`"expires_at":null,"last_used_at":null,"read_only":false`

func registerTokens(a *API) {
	const path = "/api/projects/{id}/tokens"
	register(a, operation{
		id: "createToken", method: http.MethodPost, path: path, tag: accessTag, summary: "Create a deployment token",
		description: "Makes a token for the data of one project. It is shown in this answer and never again.",
		need:        access.SystemAdmin, status: http.StatusCreated, audited: true, errors: []error{kv.ErrProjectNotFound},
		request:  `{"name":"web server"}`,
		response: `{` + tokenExample + `,"token":"dt_0123456789ABCDEFGHIJKLMNOPQRST3kPx7Q"}`,
	}, a.createToken)
	register(a, operation{
		id: "listTokens", method: http.MethodGet, path: path, tag: accessTag, summary: "List deployment tokens",
		description: "Returns the deployment tokens of a project, without the tokens themselves.",
		need:        access.SystemRead, errors: []error{kv.ErrProjectNotFound}, response: `{"tokens":[{` + tokenExample + `}]}`,
	}, a.listTokens)
	register(a, operation{
		id: "revokeToken", method: http.MethodDelete, path: path + "/{token_id}", tag: accessTag,
		summary: "Revoke a deployment token", description: "Ends a token at once.",
		need: access.SystemAdmin, status: http.StatusNoContent, audited: true,
		errors: []error{kv.ErrProjectNotFound, kv.ErrTokenNotFound},
	}, func(ctx context.Context, _ *scope, in *tokenInput) (*struct{}, error) {
		return nil, a.control.RevokeToken(ctx, in.project, string(in.TokenID))
	})
}

func (a *API) createToken(ctx context.Context, sc *scope, in *createTokenInput) (*createTokenOutput, error) {
	permissions := access.KvRead | access.KvWrite
	if in.Body.ReadOnly {
		permissions = access.KvRead
	}
	created, token, err := a.addCredential(ctx, access.DeploymentToken, access.Principal{
		Name: in.Body.Name, Permissions: permissions, Project: in.project, ExpiresAt: in.Body.expiry(),
	})
	if err != nil {
		return nil, err
	}
	sc.target = tokenTarget(created.ID)
	return &createTokenOutput{createdTokenBody{newTokenBody(created), token}}, nil
}

// addCredential makes a token for the principal and keeps its hash.
func (a *API) addCredential(ctx context.Context, prefix access.TokenPrefix, p access.Principal) (access.Credential, access.Token, error) {
	token := access.NewToken(prefix)
	created, err := a.control.AddCredential(ctx, access.Credential{
		Principal: p, Prefix: token.Prefix(), Last4: token.Last4(),
	}, token.Hash())
	return created, token, err
}

func (a *API) listTokens(ctx context.Context, _ *scope, in *ProjectInput) (*tokensOutput, error) {
	tokens, err := a.control.Tokens(ctx, in.project)
	out := &tokensOutput{}
	out.Body.Tokens = make([]TokenBody, len(tokens))
	for i, t := range tokens {
		out.Body.Tokens[i] = newTokenBody(t)
	}
	return out, err
}

func tokenTarget(id string) string { return "token:" + id }
