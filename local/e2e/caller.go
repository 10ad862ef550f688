// SPDX-License-Identifier: Apache-2.0

package e2e

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

// Object is a JSON object that is sent.
type Object map[string]any

// Caller sends requests to a server with one token.
type Caller struct{ URL, Token string }

// As returns a caller with that token.
func (s *Server) As(token string) Caller { return Caller{s.URL, token} }

// Admin returns a caller that may do everything.
func (s *Server) Admin() Caller { return s.As(AdminKey) }

// Reply is an answer to a request, read to its end.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// CheckedClient makes requests, and checks them and their answers against the document. UncheckedClient does not, since that
// takes longer than the request, and keeps a connection for every client of a load.
var CheckedClient, UncheckedClient *http.Client

// Send makes one request; the body is an object, or text as it is.
func (c Caller) Send(ctx context.Context, method, path string, body any) (Reply, error) {
	return c.SendWith(ctx, CheckedClient, method, path, body)
}

// SendWith makes one request with another client.
func (c Caller) SendWith(ctx context.Context, by *http.Client, method, path string, body any) (Reply, error) {
	req, err := c.Request(ctx, method, path, body)
	if err != nil {
		return Reply{}, err
	}
	return read(by.Do(req))
}

// Request makes a request that is not sent yet; the body is an object, or text as it is.
func (c Caller) Request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var text io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		text = strings.NewReader(body)
	default:
		text = JsonBody(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, text)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}

// read reads an answer to its end.
func read(res *http.Response, err error) (Reply, error) {
	if err != nil {
		return Reply{}, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return Reply{res.StatusCode, res.Header, answer}, err
}

// Keyed makes one data operation with that Idempotency-Key.
func (c Caller) Keyed(t *testing.T, key, op string, body any) Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	req, err := c.Request(ctx, http.MethodPost, "/api/kv/"+op, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", key)
	r, err := read(CheckedClient.Do(req))
	if err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	return r
}

// JsonBody returns the text of a body.
func JsonBody(body any) io.Reader {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // what tests send can be encoded
	}
	return bytes.NewReader(text)
}

func DecodeJSON(r io.Reader, out any) error { return json.NewDecoder(r).Decode(out) }

// Do makes one request that must be answered, with any status.
func (c Caller) Do(t *testing.T, method, path string, body any) Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	r, err := c.Send(ctx, method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// KV makes one data operation.
func (c Caller) KV(t *testing.T, op string, body any) Reply {
	t.Helper()
	return c.Do(t, http.MethodPost, "/api/kv/"+op, body)
}

// Must makes a request that must succeed, and decodes the answer into out unless that is nil.
func (c Caller) Must(t *testing.T, method, path string, body, out any) {
	t.Helper()
	r := c.Do(t, method, path, body)
	if r.Status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s", method, path, r)
	}
	if out != nil {
		r.Decode(t, out)
	}
}

// Expect fails the test if a data operation is not answered 200 with just that body.
func (c Caller) Expect(t *testing.T, op string, body any, want string) {
	t.Helper()
	if r := c.KV(t, op, body); r.Status != http.StatusOK || string(bytes.TrimSpace(r.Body)) != want {
		t.Errorf("%s %.200v: got %s, want %s", op, body, r, want)
	}
}

// ExpectProblem fails the test if a data operation is not answered with that status and code.
func (c Caller) ExpectProblem(t *testing.T, op string, body any, status int, code string) Reply {
	t.Helper()
	r := c.KV(t, op, body)
	if r.Status != status || r.Problem().Code != code {
		t.Errorf("%s %.200v: got %s, want %d %s", op, body, r, status, code)
	}
	return r
}

// problem has the fields of an error answer that tests check.
type problem struct{ Code, Detail, Outcome string }

func (r Reply) Problem() (p problem) {
	_ = json.Unmarshal(r.Body, &p) // another body has no code, which is what is looked for
	return p
}

func (r Reply) Decode(t *testing.T, out any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, out); err != nil {
		t.Fatalf("%s: %v", r, err)
	}
}

func (r Reply) String() string { return fmt.Sprintf("%d %.500s", r.Status, bytes.TrimSpace(r.Body)) }

// Eventually calls the function until it returns an empty string. If that takes too long, it fails the test with the last
// string.
func Eventually(t *testing.T, what string, ask func() (objection string)) {
	t.Helper()
	objection := ""
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); <-time.After(Poll) {
		if objection = ask(); objection == "" {
			return
		}
	}
	t.Fatalf("waited %v for %s: %s", Patience, what, objection)
}
