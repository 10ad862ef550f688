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

// Error is an answer that is no success.
type Error struct {
	// Problem is what the server says. Its Code is empty where something else answered, such as a proxy.
	Problem
	// Response is the answer, whose body can be read once more.
	Response *http.Response
}

// Error tells the status, the code and what to do.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the answer was %s, and not from tempskv", e.Response.Status)
	}
	return fmt.Sprintf("%d %s: %s", e.Response.StatusCode, e.Code, e.Detail)
}

// refuser makes errors of answers that are no success.
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
		refused.Problem = Problem{} // a page, or half of one
	}
	return nil, refused
}
