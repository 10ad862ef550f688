// SPDX-License-Identifier: Apache-2.0

package lambda_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tempskv/tempskv/runtime/lambda"
)

// oddRequests are those that the proxy, or one who converts events without care, gets wrong.
var oddRequests = []request{
	{method: "GET", target: "/"},
	{method: "GET", target: "/a?x=1&x=2&y=%20+%2B&z"},
	{method: "GET", target: "/a?x=%zz&y=1&&=3&a%5Bb%5D=c"},
	{method: "GET", target: "/100%25"},
	{method: "GET", target: "/line%0Abreak"},
	{method: "GET", target: "/a%20b%3Fc%23d"},
	{method: "GET", target: "/a%252Fb"},
	{method: "GET", target: "/%C3%A4/%F0%9F%98%80"},
	{method: "GET", target: "//a//b/"},
	{method: "GET", target: "/a/../b/./c"},
	{method: "GET", target: "/prod/prod"},
	{method: "GET", target: "/a;b=c,d:e@f&g=h+i$j~"},
	{method: "GET", target: "/a", header: [][2]string{
		{"Date", "Tue, 15 Nov 1994 08:12:31 GMT"}, {"If-None-Match", `"a,b", "c"`}, {"Accept", "text/html, */*;q=0.8"},
		{"X-Empty", ""}, {"X-Twice", "a"}, {"X-Twice", "b"}, {"X-Forwarded-For", "10.0.0.1, 192.0.2.7"},
	}},
	{method: "GET", target: "/a", header: [][2]string{{"Cookie", "a=1; b=2,3"}}},
	{method: "HEAD", target: "/a"},
	{method: "OPTIONS", target: "/a"},
	{method: "patch", target: "/a"},
	{method: "POST", target: "/a", header: [][2]string{{"Content-Type", "application/json"}}, body: `{"a":"<&> \u2028 ä"}`},
	{method: "POST", target: "/a", body: "\x00\xff\xfe binary \x80"},
	{method: "POST", target: "/a"},
}

// TestRequests checks that a handler sees the same request, whichever way it comes.
func TestRequests(t *testing.T) {
	t.Parallel()
	direct := overHTTP(t, echo{})
	for name, send := range forms(lambda.New(echo{}, lambda.Config{})) {
		for _, r := range oddRequests {
			got, want := send(t, r), direct(t, r)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s %s: net/http (-) and the event (+) differ:\n%s", name, r.method, r.target, diff)
			}
		}
	}
}

// TestClientAddress checks that the address is the gateway's word for it, with a port, and not the client's.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	h := lambda.New(serviceFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.RemoteAddr)) }), lambda.Config{})
	for name, send := range forms(h) {
		got := send(t, request{method: "GET", target: "/", header: [][2]string{{"X-Forwarded-For", "203.0.113.9"}}})
		if want := sourceIP + ":0"; got.Body != want {
			t.Errorf("%s: the handler was called by %q, want %q", name, got.Body, want)
		}
	}
}

// serviceFunc is a Service that refuses with 418 and the error.
type serviceFunc func(w http.ResponseWriter, r *http.Request)

func (f serviceFunc) ServeHTTP(w http.ResponseWriter, r *http.Request) { f(w, r) }

func (serviceFunc) Fail(w http.ResponseWriter, r *http.Request, err error) {
	echo{}.Fail(w, r, err)
}

// TestAnswers checks that what a handler does with its ResponseWriter comes out the same, whichever way.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"nothing at all": func(http.ResponseWriter, *http.Request) {},
		"two statuses": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			w.Header().Set("X-Late", "1")
			w.WriteHeader(http.StatusBadGateway)
		},
		"a status without a body": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"a body that names no type": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html><p>&amp;"))
			_, _ = w.Write([]byte("\x00"))
		},
		"a type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-own")
			_, _ = w.Write([]byte("<html>"))
		},
		"binary": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0xfe, 0, 1}) },
		"several values": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Vary", "Accept")
			w.Header().Add("Vary", "Origin")
			w.Header()["X-Empty"] = []string{""}
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2", Path: "/"})
		},
		"a piece at a time": func(w http.ResponseWriter, _ *http.Request) {
			for range 3000 {
				_, _ = w.Write([]byte("piece "))
				_ = http.NewResponseController(w).Flush()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := overHTTP(t, serviceFunc(answer))
			for form, send := range forms(lambda.New(serviceFunc(answer), lambda.Config{})) {
				for _, method := range []string{"GET", "HEAD"} {
					r := request{method: method, target: "/"}
					if diff := cmp.Diff(direct(t, r), send(t, r)); diff != "" {
						t.Errorf("%s, %s: net/http (-) and the event (+) differ:\n%s", form, method, diff)
					}
				}
			}
		})
	}
}

// TestPanic checks that a panic is an answer, however much was written before, and no end of the process.
func TestPanic(t *testing.T) {
	t.Parallel()
	h := lambda.New(serviceFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("half"))
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("on purpose")
	}), lambda.Config{})
	for name, send := range forms(h) {
		for _, path := range []string{"/", "/abort"} {
			if got := send(t, request{method: "GET", target: path}); got.Status != http.StatusTeapot || strings.Contains(got.Body, "half") {
				t.Errorf("%s: a panic in %s was answered %v", name, path, got)
			}
		}
	}
}

// TestDeadline checks that who is about to be cut off is answered before: by the handler if it heeds its context,
// and without it if it does not.
func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		defer close(stuck)
		h := lambda.New(serviceFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			if r.URL.Path == "/stuck" {
				<-stuck
			}
			w.WriteHeader(http.StatusGatewayTimeout)
		}), lambda.Config{})
		for path, want := range map[string]int{"/": http.StatusGatewayTimeout, "/stuck": http.StatusTeapot} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			answer, err := h.Invoke(ctx, []byte(`{"version":"2.0","rawPath":"`+path+`","requestContext":{"http":{"method":"GET"}}}`))
			left := ctx.Err()
			cancel()
			if err != nil || left != nil {
				t.Fatalf("%s: error %v, and the time of the invocation: %v", path, err, left)
			}
			if got := decode(t, answer); got.Status != want {
				t.Errorf("%s was answered %v, want %d", path, got, want)
			}
		}
	})
}

// TestUnusable checks events whose body cannot be read, and answers that cannot be returned.
func TestUnusable(t *testing.T) {
	t.Parallel()
	h := lambda.New(serviceFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		size := map[string]int{"/fits": 4 << 20, "/quoted": 4 << 20, "/large": 6 << 20, "/endless": 64 << 20}[r.URL.Path]
		piece := map[string]string{"/quoted": `"\`}[r.URL.Path]
		if piece == "" {
			piece = "ab"
		}
		for range size / (1 << 20) {
			if _, err := w.Write([]byte(strings.Repeat(piece, 1<<19))); err != nil {
				return
			}
		}
	}), lambda.Config{})
	for name, send := range forms(h) {
		for path, want := range map[string]int{"/fits": 200, "/quoted": 200, "/large": 418, "/endless": 418} {
			got := send(t, request{method: "GET", target: path})
			if got.Status != want || want == 200 && len(got.Body) != 4<<20 || want == 418 && !strings.Contains(got.Body, "too large") {
				t.Errorf("%s: %s was answered %d with %d bytes: %.100s", name, path, got.Status, len(got.Body), got.Body)
			}
		}
	}
	for _, event := range []map[string]any{
		{"httpMethod": "POST", "path": "/", "body": "*", "isBase64Encoded": true},
		{"requestContext": map[string]any{"http": map[string]any{"method": "POST"}}, "rawPath": "/", "body": "*", "isBase64Encoded": true},
	} {
		if got := invoke(t, h, event); got.Status != http.StatusTeapot || !strings.Contains(got.Body, "base64") {
			t.Errorf("a body that is not in base64 was answered %v", got)
		}
	}
}
