// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// client talks to one server as one principal.
type client struct {
	url, token string
	timeout    time.Duration // of one call
	http       *http.Client
}

// newHTTPClient returns one that follows no redirect, which would turn a POST into a GET. tempskv never sends one.
func newHTTPClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// call makes one request, with a body unless in is nil, and returns the body of the answer.
// A refusal is a failure with the exit code that fits.
func (c *client) call(ctx context.Context, method, path string, in any) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	var sent atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sent.Store(true) },
	}))
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unanswered(err, sent.Load() && changes(method, path))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, c.unanswered(err, changes(method, path))
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return nil, refusal(res, answer)
	}
	return answer, nil
}

// encode leaves JSON texts inside in as they are: encoding/json alone would escape < and > in them.
func encode(in any) (io.Reader, error) {
	if in == nil {
		return http.NoBody, nil
	}
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	return &body, e.Encode(in)
}

// changes tells whether a call may have changed something on the server.
func changes(method, path string) bool {
	switch path {
	case "/api/kv/get", "/api/kv/mget", "/api/kv/exists", "/api/kv/ttl", "/api/kv/keys", "/api/kv/scan":
		return false
	}
	return method != http.MethodGet
}

// unanswered says what became of a call that got no answer: unknown tells that it may have changed something.
func (c *client) unanswered(err error, unknown bool) error {
	f := &failure{code: exitUnavailable, detail: fmt.Sprintf("the connection to %s broke: %v", c.url, err)}
	var dial *net.OpError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled) && !unknown:
		return err
	case errors.As(err, &dial) && dial.Op == "dial":
		f.detail = fmt.Sprintf("no server answers at %s: %v", c.url, dial.Err)
		f.hint = "start one with tempskv serve, or name another with --url and TEMPSKV_TOKEN"
	case errors.As(err, &untrusted):
		f.detail = fmt.Sprintf("the certificate of %s is not trusted: %v", c.url, untrusted.Err)
		f.hint = "name the file of the authority that signed it with SSL_CERT_FILE"
	case errors.Is(err, context.DeadlineExceeded):
		f.detail = fmt.Sprintf("%s gave no answer within %s; --timeout waits longer", c.url, c.timeout)
	}
	if unknown {
		f.code, f.hint = exitUnknown, "it may or may not have been done: look before you repeat it"
	}
	return f
}
