// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// object is a JSON object that is sent.
type object map[string]any

// caller sends requests to a server with one token.
type caller struct{ url, token string }

// as returns a caller with that token.
func (s *server) as(token string) caller { return caller{s.url, token} }

// admin returns a caller that may do everything.
func (s *server) admin() caller { return s.as(adminKey) }

// reply is an answer to a request, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// client is what requests are made with. What it sends and gets is held against the document; crowded does not, which
// takes longer than the request, and keeps a connection for every client of a load.
var client, crowded *http.Client

// send makes one request; the body is an object, or text as it is.
func (c caller) send(ctx context.Context, method, path string, body any) (reply, error) {
	return c.sendBy(ctx, client, method, path, body)
}

// sendBy makes one request with another client.
func (c caller) sendBy(ctx context.Context, by *http.Client, method, path string, body any) (reply, error) {
	var text io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		text = strings.NewReader(body)
	default:
		text = jsonBody(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, text)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := by.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, answer}, err
}

// jsonBody returns the text of a body.
func jsonBody(body any) io.Reader {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // what tests send can be encoded
	}
	return bytes.NewReader(text)
}

func decodeJSON(r io.Reader, out any) error { return json.NewDecoder(r).Decode(out) }

// do makes one request that has to be answered, whatever the answer.
func (c caller) do(t *testing.T, method, path string, body any) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := c.send(ctx, method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// kv makes one data operation.
func (c caller) kv(t *testing.T, op string, body any) reply {
	t.Helper()
	return c.do(t, http.MethodPost, "/api/kv/"+op, body)
}

// must makes a request that has to succeed, and decodes the answer into out unless that is nil.
func (c caller) must(t *testing.T, method, path string, body, out any) {
	t.Helper()
	r := c.do(t, method, path, body)
	if r.status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s", method, path, r)
	}
	if out != nil {
		r.decode(t, out)
	}
}

// wants fails the test if a data operation is not answered 200 with just that body.
func (c caller) wants(t *testing.T, op string, body any, want string) {
	t.Helper()
	if r := c.kv(t, op, body); r.status != http.StatusOK || string(bytes.TrimSpace(r.body)) != want {
		t.Errorf("%s %.200v: got %s, want %s", op, body, r, want)
	}
}

// refused fails the test if a data operation is not answered with that status and code.
func (c caller) refused(t *testing.T, op string, body any, status int, code string) reply {
	t.Helper()
	r := c.kv(t, op, body)
	if r.status != status || r.problem().Code != code {
		t.Errorf("%s %.200v: got %s, want %d %s", op, body, r, status, code)
	}
	return r
}

// problem is what a test looks at in an answer that refuses.
type problem struct{ Code, Detail, Outcome string }

func (r reply) problem() (p problem) {
	_ = json.Unmarshal(r.body, &p) // another body has no code, which is what is looked for
	return p
}

func (r reply) decode(t *testing.T, out any) {
	t.Helper()
	if err := json.Unmarshal(r.body, out); err != nil {
		t.Fatalf("%s: %v", r, err)
	}
}

func (r reply) String() string { return fmt.Sprintf("%d %.500s", r.status, bytes.TrimSpace(r.body)) }

// eventually asks until there is nothing to say against it, and ends the test with what that was if it takes too long.
func eventually(t *testing.T, what string, ask func() (objection string)) {
	t.Helper()
	objection := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(poll) {
		if objection = ask(); objection == "" {
			return
		}
	}
	t.Fatalf("waited %v for %s: %s", patience, what, objection)
}
