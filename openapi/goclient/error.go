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

// refuser returns responses that are not a success as errors.
type refuser struct{ HttpRequestDoer }

// Do sends a request.
func (r refuser) Do(req *http.Request) (*http.Response, error) {
	res, err := r.HttpRequestDoer.Do(req)
	if err != nil || res.StatusCode < http.StatusMultipleChoices {
		return res, err
	}
	text, err := io.ReadAll(res.Body)
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
