// SPDX-License-Identifier: Apache-2.0

package kv

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/tempskv/tempskv/openapi/goclient"
)

// Error is the error of every call that fails.
type Error struct {
	// Op is the operation, such as incr; empty if it is an error of New.
	Op string
	// Code is the kind of the error.
	Code Code
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// Title is the kind of the error in words, if the server said it.
	Title string
	// Detail says what happened, and what to do.
	Detail string
	// Errors say what is wrong with the request, field by field, if Code is ErrInvalid.
	Errors []goclient.Finding
	// OutcomeUnknown is set if a write was sent and it is not known whether it was applied: read before you repeat it.
	OutcomeUnknown bool
	// RequestID is the id of the request in the log of the server, if it said one.
	RequestID string
	// RetryAfter is how long to wait before trying again, if the server said so.
	RetryAfter time.Duration

	cause error
}

// failure returns an error that this package found.
func failure(code Code, detail string, cause error) *Error {
	return &Error{Code: code, Detail: detail, cause: cause}
}

// Error says everything that the error holds. It never holds the token, a key or a value.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("kv")
	if e.Op != "" {
		b.WriteString(" " + e.Op)
	}
	b.WriteString(": ")
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	fmt.Fprintf(&b, "%s: %s", e.Code, cmp.Or(e.Detail, e.Title))
	for i, f := range e.Errors {
		b.WriteString([]string{" ", "; "}[min(i, 1)] + f.Location + ": " + f.Message)
	}
	if e.OutcomeUnknown {
		b.WriteString(" (it may or may not have been applied: read before you repeat it)")
	}
	if e.RequestID != "" && e.Status >= 500 {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// Is reports whether target is the code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap returns the error below, if there is one: of the context, of net/http, of encoding/json.
func (e *Error) Unwrap() error { return e.cause }
