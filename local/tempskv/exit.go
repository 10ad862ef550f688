// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tempskv/tempskv/handlers/kv"
	"github.com/tempskv/tempskv/openapi/goclient"
)

// The exit codes, as exitCodes documents them.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitDenied      = 4
	exitUnavailable = 5
	exitConflict    = 6
	exitUnknown     = 7
	exitFull        = 8
	exitNotHere     = 9
)

// exitCodes is a help topic: tempskv help exit-codes.
func exitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes mean",
		Long: `What the exit codes mean:

  0  done
  1  another error; see the message
  2  the command line, a setting or a value is wrong (also 400, 413, 415 and 422)
  3  not found: no such key, project, token or backup, or nothing is enabled (also 404)
  4  not allowed: the token is missing, not valid or may not do that (401, 403)
  5  no server answers, or it cannot just now: try again (429, 503, 504)
  6  in conflict with what is there, as with --nx on a key that exists (409)
  7  a write was sent and no answer came: it may or may not have been applied
  8  full: the memory, the disk or the quota of the project; reads and deletes still work (507)
  9  not supported by this engine or server (501)

Messages go to standard error, results to standard output. With --json the message is a JSON
object too: exit_code, detail and perhaps hint and, of a refusal of the server, problem, which is its answer.`,
	}
}

// failure is an error as the user gets to see it.
type failure struct {
	code   int
	detail string // empty: the exit code says it all
	hint   string // what to do about it
}

func (f *failure) Error() string { return f.detail }

// usage returns the failure of a command line that is wrong.
func usage(cmd *cobra.Command, format string, args ...any) error {
	return &failure{
		code:   exitUsage,
		detail: fmt.Errorf(format, args...).Error(),
		hint:   fmt.Sprintf("see: %s --help", cmd.CommandPath()),
	}
}

// report prints an error and returns its exit code. It is the one place that does either.
func (a *app) report(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	detail, hint := explain(err)
	code := exitError
	if f := failureOf(err); f != nil {
		code = f.code
	}
	if a.json {
		a.reportJSON(err, code, detail, hint)
		return code
	}
	if detail != "" {
		fmt.Fprintf(a.stderr, "tempskv: %s\n", detail)
	}
	if hint != "" {
		fmt.Fprintf(a.stderr, "  %s\n", hint)
	}
	return code
}

// reportJSON prints an error for programs.
func (a *app) reportJSON(err error, code int, detail, hint string) {
	shown := struct {
		ExitCode int               `json:"exit_code"`
		Detail   string            `json:"detail,omitempty"`
		Hint     string            `json:"hint,omitempty"`
		Problem  *goclient.Problem `json:"problem,omitempty"`
	}{ExitCode: code, Detail: detail, Hint: hint}
	if refused, ok := errors.AsType[*goclient.Error](err); ok && refused.Code != "" {
		shown.Problem = &refused.Problem
	}
	e := json.NewEncoder(a.stderr)
	e.SetEscapeHTML(false)
	_ = e.Encode(shown) // a standard error that is closed shows no message at all
}

// explain returns an error as it is shown, and what to do about it where that is not part of it.
func explain(err error) (detail, hint string) {
	if f := failureOf(err); f != nil {
		return f.detail, f.hint
	}
	if refusal, ok := errors.AsType[*kv.Refusal](err); ok {
		return refusal.Detail, ""
	}
	return err.Error(), ""
}

// failureOf returns the failure that an error is, nil if it is none. A refusal of the server is one.
func failureOf(err error) *failure {
	if refused, ok := errors.AsType[*goclient.Error](err); ok {
		return refusal(refused)
	}
	if unexpected, ok := errors.AsType[*goclient.UnexpectedError](err); ok {
		return &failure{code: exitError, detail: unexpected.Error(), hint: "check --url"}
	}
	f, _ := errors.AsType[*failure](err)
	return f
}
