// SPDX-License-Identifier: Apache-2.0

// Package kv is a client of tempskv for programs: a method for each data operation, with Go's types.
//
// Calls are repeated for as long as their context allows, if that is safe. If they fail, they return an *Error, whose code
// errors.Is compares: errors.Is(err, kv.ErrNotAnInteger).
//
// Package goclient has what is not here: projects, tokens, backups, settings. This package is made of it, and imports nothing
// else of this module.
package kv

import (
	"net/http"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// Client calls one server. It may be used by several goroutines at the same time.
type Client struct {
	api     goclient.ClientInterface
	project *int64 // nil: the one of the token
	calls   CallOptions
}

// New returns a client. It sends nothing yet. Errors: ErrMissingConfig if neither the configuration nor the environment has
// an address and a token; ErrInvalidConfig.
func New(c Config) (*Client, error) {
	t, err := resolve(c)
	if err != nil {
		return nil, err
	}
	api, err := goclient.New(t.url, "", goclient.WithHTTPClient(t.http), goclient.WithRequestEditorFn(authorize(t.token)))
	if err != nil {
		return nil, failure(ErrInvalidConfig, err.Error(), nil)
	}
	return &Client{api: api, project: t.project, calls: c.CallOptions}, nil
}

// With returns a client with other options, which shares the connections of this one.
//
//	hits, err := store.With(kv.CallOptions{NoIdempotencyKey: true}).Incr(ctx, "hits:192.0.2.1", 1, nil)
func (c *Client) With(o CallOptions) *Client {
	other := *c
	other.calls = o
	return &other
}

// httpClient returns what sends the requests. It follows no redirect, which would turn a POST into a GET, or show the token to
// another host. tempskv never sends one.
func httpClient(given *http.Client) *http.Client {
	c := &http.Client{}
	if given != nil {
		*c = *given
	}
	if c.Transport == nil {
		c.Transport = transport()
	}
	if c.CheckRedirect == nil {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return c
}

// idleConnections is how many connections wait for the next call. The default of net/http, 2, would close and open them all the
// time where many goroutines make calls.
const idleConnections = 100

func transport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // the program has replaced it
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxIdleConnsPerHost = idleConnections
	return t
}
