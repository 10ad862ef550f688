// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package cluster_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/infra/redis/redistest"
	"github.com/tempskv/tempskv/local/e2e"
)

// TestStreamsEndWithWhatAnotherServerEnds has one server revoke a key and a token, while callers have events and an
// export of the other: one reads, one does not.
func TestStreamsEndWithWhatAnotherServerEnds(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	a, b := e2e.ServeShared(t, redis.URL), e2e.ServeShared(t, redis.URL)
	a.Enable(e2e.Object{})
	id, token := a.CreateProject("p")
	e2e.Soon(t, "the enable of another", e2e.Answers(t, b.As(token), "get", e2e.Object{"key": "a"}, http.StatusOK))
	for i := range 24 {
		b.As(token).Expect(t, "set", e2e.Object{"key": fmt.Sprint(i), "value": strings.Repeat("x", 1<<20)}, `{"result":"OK"}`)
	}
	var key struct{ ID, Token string }
	a.Admin().Must(t, http.MethodPost, "/api/api-keys", e2e.Object{"name": "k", "permissions": []string{"SystemRead"}}, &key)

	events := begin(t, b, "GET /api/kv/events", key.Token, "")
	begin(t, b, "POST /api/kv/export", token, "{}")
	a.Admin().Must(t, http.MethodDelete, "/api/api-keys/"+key.ID, nil, nil)
	tokens := fmt.Sprintf("/api/projects/%d/tokens", id)
	var list struct{ Tokens []struct{ ID string } }
	a.Admin().Must(t, http.MethodGet, tokens, nil, &list)
	a.Admin().Must(t, http.MethodDelete, tokens+"/"+list.Tokens[0].ID, nil, nil)
	if _, err := io.Copy(io.Discard, events); err != nil && !strings.Contains(err.Error(), "reset by peer") {
		t.Errorf("the events end in %v", err)
	}
	e2e.Eventually(t, "the export to end", func() string {
		text := string(b.Admin().Do(t, http.MethodGet, "/metrics", nil).Body)
		if strings.Contains(text, "tempskv_requests_in_flight 1\n") { // which asks
			return ""
		}
		return e2e.Tail(text)
	})
	b.Terminate()
	for _, operation := range []string{"kvEvents", "kvExport"} {
		ends := regexp.MustCompile(`"a stream ends with its credential".*"operation":"` + operation + `"`)
		if !ends.MatchString(b.Log.String()) {
			t.Errorf("the log does not say that %s has ended with its credential", operation)
		}
	}
}

// begin sends a request and returns the connection once the answer has begun.
func begin(t *testing.T, s *e2e.Server, line, token, body string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_, err = fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", line, token, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	const ok = "HTTP/1.1 200"
	begun := make([]byte, len(ok))
	if _, err := io.ReadFull(c, begun); err != nil || string(begun) != ok {
		t.Fatalf("answered %q, %v", begun, err)
	}
	return c
}
