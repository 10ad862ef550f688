// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"
	"time"
)

// SeenWithin is how soon the other servers see what one changed in the control data that they share.
const SeenWithin = 5 * time.Second

// Soon fails the test if something that one server changed takes longer to be seen at another. What a busy machine may
// need to run the test itself is added.
func Soon(t *testing.T, what string, ask func() (objection string)) {
	t.Helper()
	begin := time.Now()
	Eventually(t, what, ask)
	took := time.Since(begin)
	t.Logf("%s: after %v", what, took)
	if took > SeenWithin+30*time.Second {
		t.Errorf("%s: took %v", what, took)
	}
}

// Answers returns what objects to an operation being answered with that status.
func Answers(t *testing.T, c Caller, op string, body any, status int) func() string {
	return func() string {
		if r := c.KV(t, op, body); r.Status != status {
			return r.String()
		}
		return ""
	}
}

// ServeShared starts a server on control data in Redis.
func ServeShared(t *testing.T, url string, args ...string) *Server {
	t.Helper()
	return Serve(t, t.TempDir(), append([]string{"--control", url}, args...)...)
}
