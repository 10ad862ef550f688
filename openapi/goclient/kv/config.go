// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// Config says how to reach a server. What is not set is taken from the environment, as in the TypeScript client.
type Config struct {
	// URL is the address of the server, with or without a slash or /api at its end. Default: TEMPS_API_URL.
	URL string
	// Token is a deployment token (dt_) or an API key (tk_). Default: TEMPS_TOKEN, else TEMPS_DEPLOYMENT_TOKEN. White space
	// around it is left out, such as the line break that a file ends in.
	Token string
	// TokenSource returns the token of each request, instead of Token: for tokens that change. It has to return quickly.
	TokenSource func(context.Context) (string, error)
	// ProjectID is the project. An API key needs it; a deployment token has its project. Default: TEMPS_PROJECT_ID.
	ProjectID int64
	// HTTPClient sends the requests. Redirects are not followed unless its CheckRedirect says so.
	HTTPClient *http.Client

	CallOptions
}

// CallOptions say how calls are made. The zero value is for most programs.
type CallOptions struct {
	// Timeout is how long a call may take with its repetitions, if its context has no deadline. 0: DefaultTimeout;
	// negative: any time. Of Scan it is the time of a page.
	Timeout time.Duration
	// MaxRetries is how often a call is repeated at most. 0: as often as its time allows; negative: never.
	MaxRetries int
	// NoIdempotencyKey sends Set, MSet, Del and Incr without an Idempotency-Key. They are not repeated then unless it is certain
	// that nothing was applied. A key takes about 200 bytes on the server for 24 hours, which is much for a rate limiter.
	// Set it for a server that ignores the header, such as the KV service of Temps.
	NoIdempotencyKey bool
}

// DefaultTimeout is the time of a call whose context has no deadline.
const DefaultTimeout = 30 * time.Second

// target is a Config that is complete.
type target struct {
	url     string
	token   func(context.Context) (string, error)
	project *int64
	http    *http.Client
}

func resolve(c Config) (t target, err error) {
	if t.url, err = address(cmp.Or(strings.TrimSpace(c.URL), environment("TEMPS_API_URL"))); err != nil {
		return t, err
	}
	if t.token = c.TokenSource; t.token == nil {
		text, err := checkToken(cmp.Or(strings.TrimSpace(c.Token), environment("TEMPS_TOKEN"), environment("TEMPS_DEPLOYMENT_TOKEN")))
		if err != nil {
			return t, err
		}
		t.token = func(context.Context) (string, error) { return text, nil }
	}
	t.http = httpClient(c.HTTPClient)
	t.project, err = project(c.ProjectID)
	return t, err
}

func environment(name string) string { return strings.TrimSpace(os.Getenv(name)) }

// address returns the URL that /api is appended to. Errors do not repeat it: it may hold a password, or be the token.
func address(text string) (string, error) {
	if text == "" {
		return "", failure(ErrMissingConfig, "give the client a URL, or set TEMPS_API_URL", nil)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", failure(ErrInvalidConfig, "the URL is not one such as https://kv.example.com", nil)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", failure(ErrInvalidConfig, "the URL must have no user name, query or fragment", nil)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	return u.Scheme + "://" + u.Host + strings.TrimRight(strings.TrimSuffix(path, "/api"), "/"), nil
}

func checkToken(token string) (string, error) {
	if token == "" {
		return "", failure(ErrMissingConfig, "give the client a Token, or set TEMPS_TOKEN or TEMPS_DEPLOYMENT_TOKEN", nil)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", failure(ErrInvalidConfig, "the token must not have white space or a line break inside", nil)
	}
	return token, nil
}

func project(id int64) (*int64, error) {
	text := environment("TEMPS_PROJECT_ID")
	if id != 0 || text == "" {
		return optional(id), nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, failure(ErrInvalidConfig, "TEMPS_PROJECT_ID is not an integer", nil)
	}
	return &id, nil
}

// optional returns nil for the zero value: the field is left out.
func optional[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// authorize adds the token to a request.
func authorize(source func(context.Context) (string, error)) goclient.RequestEditorFn {
	return func(ctx context.Context, req *http.Request) error {
		token, err := source(ctx)
		if err != nil {
			return failure(ErrMissingConfig, "there is no token: "+err.Error(), err)
		}
		if token, err = checkToken(strings.TrimSpace(token)); err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
}
