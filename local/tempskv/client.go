// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// client talks to one server as one principal. What it is refused is a *goclient.Error, and no answer at all a failure
// with the exit code that fits.
type client struct {
	*goclient.ClientWithResponses
	connection
	token string
}

// connection sends the requests of a client.
type connection struct {
	url     string
	timeout time.Duration // of one call
	http    *http.Client
}

// newClient returns a client that follows no redirect, which would turn a POST into a GET. tempskv never sends one.
func newClient(url, token string, timeout time.Duration, t http.RoundTripper) (*client, error) {
	c := &client{token: token, connection: connection{url, timeout, &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}}
	var err error
	c.ClientWithResponses, err = goclient.New(url, token, goclient.WithHTTPClient(&c.connection))
	return c, err
}

// maxAnswer bounds an answer that is read to its end, in bytes.
const maxAnswer = 128 << 20

// Do sends a request and reads the answer to its end.
func (c *connection) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), c.timeout)
	defer cancel()
	changing := changes(req.Method, strings.TrimPrefix(req.URL.String(), c.url))
	var sent atomic.Bool
	res, err := c.http.Do(req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sent.Store(true) },
	})))
	if err != nil {
		return nil, c.unanswered(err, sent.Load() && changing)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("its answer is larger than %d MiB", maxAnswer>>20)
	}
	if err != nil {
		return nil, c.unanswered(err, changing)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// changes reports whether a call may have changed something on the server.
func changes(method, path string) bool {
	switch path {
	case "/api/kv/get", "/api/kv/mget", "/api/kv/exists", "/api/kv/ttl", "/api/kv/keys", "/api/kv/scan", "/api/kv/read",
		"/api/kv/describe":
		return false
	}
	return method != http.MethodGet
}

// unanswered says what became of a call that got no answer: unknown means that it may have changed something.
func (c *connection) unanswered(err error, unknown bool) error {
	f := &failure{code: exitUnavailable, detail: fmt.Sprintf("the connection to %s broke: %v", c.url, err)}
	var dial *net.OpError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled) && !unknown:
		return err
	case errors.As(err, &dial) && dial.Op == "dial":
		f.detail = fmt.Sprintf("no server answers at %s: %v", c.url, dial.Err)
		f.hint = "start one with tempskv serve, or name another with --url and TEMPSKV_TOKEN"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		f.detail = fmt.Sprintf("what answers at %s does not speak TLS", c.url)
		f.hint = "give its URL with http://, if that network may be trusted"
	case errors.As(err, &untrusted):
		f.detail = fmt.Sprintf("the certificate of %s is not trusted: %v", c.url, untrusted.Err)
		f.hint = "set SSL_CERT_FILE to the certificate of the authority that signed it"
	case errors.Is(err, context.DeadlineExceeded):
		f.detail = fmt.Sprintf("%s gave no answer within %s; --timeout waits longer", c.url, c.timeout)
	}
	if unknown {
		f.code, f.hint = exitUnknown, "it may or may not have been done: check before you repeat it"
	}
	return f
}
