// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// client talks to one server as one principal.
type client struct {
	url, token string
	timeout    time.Duration // of one call
	http       *http.Client
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
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if res.StatusCode >= http.StatusBadRequest {
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

// unreachable says what became of a call that got no answer.
func (c *client) unreachable(err error) error {
	var dial *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &dial) && dial.Op == "dial":
		return &failure{exitUnavailable, fmt.Sprintf("no server answers at %s: %v", c.url, dial.Err),
			"start one with tempskv serve, or name another with --url and TEMPSKV_TOKEN"}
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{exitUnknown, fmt.Sprintf("%s gave no answer within %s", c.url, c.timeout),
			"a write may or may not have been applied; --timeout waits longer"}
	}
	return &failure{exitUnknown, fmt.Sprintf("the connection to %s broke: %v", c.url, err),
		"a write may or may not have been applied"}
}
