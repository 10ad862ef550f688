// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// refusal makes a failure of an answer that is no success.
func refusal(e *goclient.Error) *failure {
	if e.Code == "" {
		return &failure{code: exitCode(e), detail: e.Error(), hint: "check --url"}
	}
	detail := e.Detail
	if e.Errors != nil && len(*e.Errors) > 0 {
		detail = findings(*e.Errors) // which say it all
	}
	if e.Response.StatusCode >= http.StatusInternalServerError && e.Code != goclient.ProblemCodeKVDisabled {
		detail += fmt.Sprintf(" (%s, request %s)", e.Code, e.RequestID)
	}
	return &failure{code: exitCode(e), detail: detail, hint: hints[e.Code]}
}

// findings says what is wrong with a request, one fault a line.
func findings(found []goclient.Finding) string {
	lines := make([]string, 0, len(found))
	for _, e := range found {
		lines = append(lines, strings.TrimPrefix(e.Location, "body.")+": "+e.Message)
	}
	return strings.Join(lines, "\n  ")
}

// hints say what to type, where the server's own words cannot.
var hints = map[goclient.ProblemCode]string{
	goclient.ProblemCodeKVDisabled:      "turn it on with: tempskv enable",
	goclient.ProblemCodeKVNotEnabled:    "turn it on with: tempskv enable",
	goclient.ProblemCodeAlreadyEnabled:  "change its settings with: tempskv update",
	goclient.ProblemCodeUnauthorized:    "set a valid token with TEMPSKV_TOKEN or --token",
	goclient.ProblemCodeNotAnInteger:    "store a number first, such as: tempskv kv set KEY 0",
	goclient.ProblemCodeBackupNotFound:  "list them with: tempskv backup list",
	goclient.ProblemCodeProjectNotFound: "list them with: tempskv project list",
	goclient.ProblemCodeSessionNotFound: "list them with: tempskv session list",
	goclient.ProblemCodeTokenNotFound:   "list them with: tempskv token list, or tempskv key list",
	goclient.ProblemCodeBackupDamaged:   "use another one: tempskv backup list",
	goclient.ProblemCodeTooManyKeys:     "list them page by page with: tempskv kv scan",
}

func exitCode(e *goclient.Error) int {
	switch status := e.Response.StatusCode; {
	case e.Outcome != nil && *e.Outcome == goclient.ProblemOutcomeUnknown:
		return exitUnknown
	case status == http.StatusInsufficientStorage, e.Code == goclient.ProblemCodeStorageFull:
		return exitFull
	case status == http.StatusNotImplemented:
		return exitNotHere
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
