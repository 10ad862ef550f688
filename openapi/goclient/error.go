// SPDX-License-Identifier: Apache-2.0

package goclient

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Error is a response that is not a success.
type Error struct {
	// Problem is the body. Its Code is empty if something else answered, such as a proxy.
	Problem
	// Response is the response. Its body can be read again.
	Response *http.Response

	foreign string // what another server says, if it is not tempskv's
}

// Error returns the status, the code, what to do, and what is wrong with the request, field by field.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the answer was %s, and not from tempskv%s", e.Response.Status, e.foreign)
	}
	text := fmt.Sprintf("%d %s: %s", e.Response.StatusCode, e.Code, e.Detail)
	if e.Errors == nil {
		return text
	}
	for i, f := range *e.Errors {
		text += [...]string{" ", "; "}[min(i, 1)] + f.Location + ": " + f.Message
	}
	return text
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
			hideToken(res)
			return nil, err
		}
		return res, nil
	}
	hideToken(res)
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxProblem)) // if it is cut off, the status is enough
	_ = res.Body.Close()
	text = withoutToken(req, text)
	res.Body = io.NopCloser(bytes.NewReader(text))
	refused := &Error{Response: res}
	if err := json.Unmarshal(text, &refused.Problem); err != nil {
		refused.Problem = Problem{} // an HTML page, or a part of one
	}
	if refused.Code == "" {
		refused.foreign = string(withoutToken(req, []byte(foreign(res, text))))
	}
	return nil, refused
}

// hideToken takes the token out of the request that a response leads to: some logs print all that an error holds.
func hideToken(res *http.Response) {
	if res.Request != nil {
		res.Request = res.Request.Clone(res.Request.Context())
		res.Request.Header.Del("Authorization")
	}
}

// withoutToken takes the token out of an answer: some servers return what they were sent.
func withoutToken(req *http.Request, answer []byte) []byte {
	_, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if token == "" {
		return answer
	}
	return bytes.ReplaceAll(answer, []byte(token), []byte("…"))
}

// foreign says what an answer of another server is: a redirect, the message of a gateway, a page.
func foreign(res *http.Response, body []byte) string {
	if to := res.Header.Get("Location"); to != "" {
		return ": it redirects to " + to + ", so use that address"
	}
	var gateway struct{ Detail, Message string }
	if json.Unmarshal(body, &gateway) == nil && gateway.Detail+gateway.Message != "" {
		return ": " + cmp.Or(gateway.Detail, gateway.Message)
	}
	if len(body) == 0 {
		return ""
	}
	return fmt.Sprintf(": it begins with %q", beginning(body))
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
