// SPDX-License-Identifier: Apache-2.0

// Package goclient is a client of tempskv: a function for each operation of the wire contract, and a type for each body,
// generated from the OpenAPI document. New adds the token, and returns every response that is not a success as a Go error. The
// example shows both.
//
// Values are JSON texts, which are not changed. A request is sent once, and ends with its context at the latest. The package
// imports nothing else of this module. Programs that only read and write keys have less to write with package kv, which also
// repeats what it can.
package goclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// New returns a client of the server at that URL, with or without a slash at its end. It sends the token, a deployment
// token (dt_) or an API key (tk_), with every request. Every response that is not a success is an *Error, and
// one that is not what the document says an *UnexpectedError. White space around
// both is left out, such as the line break that a file ends in; inside the token it is an error, which does not repeat it.
//
// An error of the URL does not repeat it, since it may be the token.
//
// Without WithHTTPClient, redirects are not followed, since that would turn a POST into a GET; tempskv never sends one.
func New(server, token string, opts ...ClientOption) (*ClientWithResponses, error) {
	server, token = strings.TrimSpace(server), strings.TrimSpace(token)
	if strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errors.New("the token must not have white space or a line break inside")
	}
	if u, err := url.Parse(server); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the URL of the server is not one such as https://kv.example.com")
	}
	auth := func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	standard := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defaults := []ClientOption{WithHTTPClient(standard), WithRequestEditorFn(auth)}
	c, err := NewClient(server, append(defaults, opts...)...)
	if err != nil {
		return nil, err
	}
	c.Client = refuser{c.Client}
	return &ClientWithResponses{exact{c}}, nil
}

// IdempotencyKey makes a call of KVIncr, KVSet, KVMSet or KVDel safe to repeat: if it is sent again with the same key, it
// has no second effect and gets the first answer. Use a new key for each call. The server keeps answers for 24 hours.
//
//	once := goclient.IdempotencyKey(rand.Text())
//	answer, err := kv.KVIncrWithResponse(ctx, goclient.IncrRequest{Key: "page:views"}, once)
func IdempotencyKey(key string) RequestEditorFn {
	return func(_ context.Context, req *http.Request) error {
		req.Header.Set("Idempotency-Key", key)
		return nil
	}
}

// exact sends values unchanged. The generated functions escape <, > and & in them, as json.Marshal does.
type exact struct{ *Client }

const jsonType = "application/json"

// errNoValue refuses a request whose value was forgotten. encoding/json would write null.
var errNoValue = errors.New("the request has no value: for null, it is json.RawMessage(\"null\")")

// KVSet stores a value. It fails if there is none.
func (e exact) KVSet(ctx context.Context, body SetRequest, editors ...RequestEditorFn) (*http.Response, error) {
	if len(body.Value) == 0 {
		return nil, errNoValue
	}
	text, err := encode(body)
	if err != nil {
		return nil, err
	}
	return e.KVSetWithBody(ctx, jsonType, text, editors...)
}

// KVMSet stores many values. It fails if one is missing.
func (e exact) KVMSet(ctx context.Context, body MSetRequest, editors ...RequestEditorFn) (*http.Response, error) {
	if slices.ContainsFunc(body.Entries, func(e MSetEntry) bool { return len(e.Value) == 0 }) {
		return nil, errNoValue
	}
	text, err := encode(body)
	if err != nil {
		return nil, err
	}
	return e.KVMSetWithBody(ctx, jsonType, text, editors...)
}

func encode(request any) (*bytes.Buffer, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	return &text, e.Encode(request)
}
