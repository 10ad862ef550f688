// SPDX-License-Identifier: Apache-2.0

package goclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Error is a response that is not a success.
type Error struct {
	// Problem is the body. Its Code is empty if something else answered, such as a proxy.
	Problem
	// Response is the response. Its body can be read again.
	Response *http.Response
}

// Error returns the status, the code and what to do.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the answer was %s, and not from tempskv", e.Response.Status)
	}
	return fmt.Sprintf("%d %s: %s", e.Response.StatusCode, e.Code, e.Detail)
}

// maxAnswer bounds a JSON answer, in bytes, and maxProblem one that is not a success. Exports, downloads and events, which are
// no JSON, have no bound: the caller reads them bit by bit.
const (
	maxAnswer  = 128 << 20
	maxProblem = 1 << 20
)

// refuser returns responses that are not a success as errors, and those that claim one and are not what the document says.
type refuser struct{ HttpRequestDoer }

// Do sends a request.
func (r refuser) Do(req *http.Request) (*http.Response, error) {
	res, err := r.HttpRequestDoer.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < http.StatusMultipleChoices {
		if err := checkShape(req, res); err != nil {
			return nil, err
		}
		return res, nil
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(text))
	refused := &Error{Response: res}
	if err := json.Unmarshal(text, &refused.Problem); err != nil {
		refused.Problem = Problem{} // an HTML page, or a part of one
	}
	return nil, refused
}

// boundedBody is a body of which at most left bytes are read.
type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read fails if there are more.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	}
	return n, err
}
