// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/tempskv/tempskv/handlers/access"
)

// wrkTimeout is how long a request may take and still count with its time. By default wrk forgets those of more than 2 s.
const wrkTimeout = "30s"

//go:embed wrk.lua
var wrkScript []byte

// request is what wrk sends over and over, with what its script makes of the body: a # becomes a number that no other
// request has, a ~ that of one of the keys (see keyOf), and @FILE the lines of a file, which take turns.
type request struct {
	method, url string
	token       access.Token
	body        string
	keys        int
}

// answers is what wrk.lua prints: microseconds are whole.
type answers struct {
	Requests int64   `json:"requests"`
	Us       int64   `json:"us"`
	P50      float64 `json:"p50_us"`
	P99      float64 `json:"p99_us"`
	Refused  int64   `json:"refused"` // with a status that is not of success
	Errors   int64   `json:"errors"`  // those, and what was not answered
}

// wrk sends the request over one thread for the time d, in whole seconds.
func wrk(ctx context.Context, script string, connections int, d time.Duration, r request) (answers, error) {
	cmd := exec.CommandContext(ctx, "wrk", "-t1", "-c", strconv.Itoa(connections), "-d", strconv.Itoa(int(d.Seconds())),
		"--timeout", wrkTimeout, "-s", script, r.url, "--", r.method, cmp.Or(string(r.token), "-"), r.body, strconv.Itoa(max(r.keys, 1)))
	cmd.WaitDelay = grace
	out, err := cmd.CombinedOutput()
	if err != nil {
		return answers{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	return parseAnswers(out)
}

// perRequest is a share of what all requests took, 0 if there were none.
func (a *answers) perRequest(d time.Duration) float64 {
	return float64(d.Microseconds()) / float64(max(a.Requests, 1))
}

// perSecond is how many requests were answered a second.
func (a *answers) perSecond() float64 { return float64(a.Requests) / (float64(a.Us) / 1e6) }

// parseAnswers reads the line that wrk.lua prints, behind those of wrk itself.
func parseAnswers(out []byte) (a answers, err error) {
	start := bytes.LastIndexByte(out, '{')
	if start < 0 {
		return a, fmt.Errorf("wrk: no line of wrk.lua in %q", out)
	}
	if err := json.Unmarshal(out[start:], &a); err != nil {
		return a, fmt.Errorf("wrk: %w in %q", err, out)
	}
	if a.Us == 0 {
		return a, fmt.Errorf("wrk: nothing was sent: %s", out)
	}
	return a, nil
}
