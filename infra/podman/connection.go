// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/containers/podman/v5/pkg/bindings"
	"github.com/containers/podman/v5/pkg/errorhandling"
)

// Bounds of calls to podman, except pulls and copies, which have the time of the whole task. Stopping a container takes
// longest. The first call may have to wait until systemd has started the service.
const (
	callTime = stopTime + 30*time.Second
	dialTime = 20 * time.Second
)

// client talks to podman's service for the length of one task.
type client struct {
	conn *bindings.Connection
}

// dial connects to the service, and returns once it has answered. Errors: a Refusal of kind ErrUnavailable or ErrTimeout.
func dial(ctx context.Context, socket string) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	ctx, err := bindings.NewConnection(ctx, socket)
	if err != nil {
		return nil, explainSocket(socket, err)
	}
	conn, err := bindings.GetClient(ctx)
	return &client{conn}, err
}

func (c *client) close() { c.conn.Client.CloseIdleConnections() }

// request is one call: the format of the endpoint has a %s for each element of path.
type request struct {
	method, endpoint string
	path             []string
	query            url.Values
	body             any // an io.Reader as it is, anything else as JSON
}

// do makes a short call and decodes the answer into out, unless that is nil.
func (c *client) do(ctx context.Context, r request, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	res, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	res.Response.Body = http.MaxBytesReader(nil, res.Response.Body, maxAnswer)
	return explain(ctx, res.Process(out))
}

// maxAnswer bounds an answer that is held in memory, in bytes: a list of 10,000 containers is smaller. maxStream bounds one that
// is read line by line: the progress of a pull.
const (
	maxAnswer = 32 << 20
	maxStream = 256 << 20
)

// stream makes a call whose answer is read by the caller, who closes it.
func (c *client) stream(ctx context.Context, r request) (io.ReadCloser, error) {
	res, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return succeeded(ctx, res)
}

func (c *client) send(ctx context.Context, r request) (*bindings.APIResponse, error) {
	body, contentType := io.Reader(http.NoBody), "application/json"
	switch b := r.body.(type) {
	case nil:
	case io.Reader:
		body, contentType = b, "application/octet-stream"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	header := http.Header{"Content-Type": {contentType}}
	res, err := c.conn.DoRequest(ctx, body, r.method, r.endpoint, r.query, header, r.path...)
	if err != nil {
		return nil, explain(ctx, err)
	}
	return res, nil
}

// docker makes a call of Docker's API, which podman serves next to its own and the bindings leave out. The caller reads
// the answer and closes it.
func (c *client) docker(ctx context.Context, method, endpoint string, query url.Values) (io.ReadCloser, error) {
	base := "http://d"
	if uri := c.conn.URI; uri.Scheme == "tcp" {
		base = "http://" + uri.Host + uri.Path
	}
	req, err := http.NewRequestWithContext(ctx, method, base+"/v1.40"+endpoint+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := c.conn.Client.Do(req)
	if err != nil {
		return nil, explain(ctx, err)
	}
	return succeeded(ctx, &bindings.APIResponse{Response: res, Request: req})
}

// succeeded returns the content of an answer, or its error.
func succeeded(ctx context.Context, res *bindings.APIResponse) (io.ReadCloser, error) {
	if res.IsSuccess() {
		return res.Body, nil
	}
	defer res.Body.Close()
	res.Response.Body = http.MaxBytesReader(nil, res.Response.Body, maxAnswer)
	return nil, explain(ctx, res.Process(nil))
}

// found turns the error for a missing object into false. An object that is being removed counts as missing, whatever the
// status.
func found(err error) (bool, error) {
	var answer *errorhandling.ErrorModel
	if errors.As(err, &answer) &&
		(answer.ResponseCode == http.StatusNotFound || strings.HasPrefix(answer.Because, "no such ")) {
		return false, nil
	}
	return err == nil, err
}
