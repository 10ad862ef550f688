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

// callTime bounds a call to podman that neither pulls nor copies. The longest is one that stops a container.
const callTime = stopTime + 30*time.Second

// client talks to podman's service for the length of one job.
type client struct {
	conn *bindings.Connection
}

// dial connects to the service, and returns once it has answered. Errors: a Refusal of kind ErrUnavailable.
func dial(ctx context.Context, socket string) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
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
	return explain(ctx, res.Process(out))
}

// stream makes a call whose answer is read by the caller, who closes it.
func (c *client) stream(ctx context.Context, r request) (io.ReadCloser, error) {
	res, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	if !res.IsSuccess() {
		defer res.Body.Close()
		return nil, explain(ctx, res.Process(nil))
	}
	return res.Body, nil
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

// found makes absence a result and not an error. What is removed just now is not there either, whatever the status.
func found(err error) (bool, error) {
	var answer *errorhandling.ErrorModel
	if errors.As(err, &answer) &&
		(answer.ResponseCode == http.StatusNotFound || strings.HasPrefix(answer.Because, "no such ")) {
		return false, nil
	}
	return err == nil, err
}
