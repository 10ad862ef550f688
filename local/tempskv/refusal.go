// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// problem is an error as the server writes it (RFC 9457).
type problem struct {
	Detail    string
	Code      string
	Outcome   string
	RequestID string `json:"request_id"`
	Errors    []struct{ Location, Message string }
}

// refusal makes a failure of an answer that is no success.
func refusal(res *http.Response, body []byte) error {
	var p problem
	if err := json.Unmarshal(body, &p); err != nil || p.Code == "" {
		return &failure{code: exitCode(res.StatusCode, p), hint: "check --url",
			detail: fmt.Sprintf("the answer was %s, and not from tempskv", res.Status)}
	}
	detail := p.Detail
	if len(p.Errors) > 0 {
		detail = p.findings() // which say it all
	}
	if res.StatusCode >= http.StatusInternalServerError && p.Code != "kv_disabled" {
		detail += fmt.Sprintf(" (%s, request %s)", p.Code, p.RequestID)
	}
	return &failure{code: exitCode(res.StatusCode, p), detail: detail, hint: hints[p.Code], problem: p.Code}
}

// findings says what is wrong with a request, one fault a line.
func (p *problem) findings() string {
	lines := make([]string, 0, len(p.Errors))
	for _, e := range p.Errors {
		lines = append(lines, strings.TrimPrefix(e.Location, "body.")+": "+e.Message)
	}
	return strings.Join(lines, "\n  ")
}

// hints say what to type, where the server's own words cannot.
var hints = map[string]string{
	"kv_disabled":     "turn it on with: tempskv enable",
	"kv_not_enabled":  "turn it on with: tempskv enable",
	"already_enabled": "change its settings with: tempskv update",
	"unauthorized":    "give a valid token with TEMPSKV_TOKEN or --token",
	"not_an_integer":  "store a number first, such as: tempskv kv set KEY 0",
	"too_many_keys":   "list them page by page with: tempskv kv scan",
}

func exitCode(status int, p problem) int {
	switch {
	case p.Outcome == "unknown":
		return exitUnknown
	case status == http.StatusNotFound:
		return exitNotFound
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return exitDenied
	case status == http.StatusConflict:
		return exitConflict
	case status == http.StatusTooManyRequests, status == http.StatusBadGateway,
		status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return exitUnavailable
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		return exitUsage
	}
	return exitError
}
