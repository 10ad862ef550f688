// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Await returns what comes, or the zero value where the channel is closed.
func Await[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(Patience):
		t.Fatalf("waited %v for: %s", Patience, what)
	}
	return v
}

// AtStep does something once the server begins a step of its next job whose name matches, and reports whether it was done:
// a step that is over at once may pass unseen, as events tell what is and not all that was.
func (s *Server) AtStep(step string, do func()) (done <-chan bool) {
	s.T.Helper()
	ctx, cancel := context.WithCancel(s.T.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/kv/events", nil)
	if err != nil {
		s.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+AdminKey)
	res, err := CheckedClient.Do(req)
	if err != nil {
		s.T.Fatal(err)
	}
	begins := regexp.MustCompile(`"step":"(?:` + step + `)".*"done":false`)
	ended, seen := make(chan struct{}), make(chan bool, 1)
	go func() {
		defer close(ended)
		defer res.Body.Close()
		begun := false
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case begins.MatchString(line):
				do()
				seen <- true
				return
			case strings.Contains(line, `"done":false`):
				begun = true
			case begun && strings.Contains(line, `"done":true`):
				seen <- false
				return
			}
		}
	}()
	s.T.Cleanup(func() { cancel(); <-ended })
	return seen
}
