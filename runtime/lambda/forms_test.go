// SPDX-License-Identifier: Apache-2.0

package lambda_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tempskv/tempskv/runtime/lambda"
	"github.com/tempskv/tempskv/runtime/server"
)

// request is one as a client writes it.
type request struct {
	method, target string
	header         [][2]string // in order; a name may come several times
	body           string
}

// response is what comes back.
type response struct {
	Status int
	Header map[string]string // values of one name joined by commas
	Body   string
}

// sender brings a request to a handler, in one of the forms.
type sender func(t *testing.T, r request) response

// framing are the headers that belong to the writer of HTTP: net/http there, the gateway here.
var framing = []string{"Date", "Content-Length", "Connection", "Transfer-Encoding"}

func newResponse(status int, header http.Header, body []byte) response {
	out := response{Status: status, Header: map[string]string{}, Body: string(body)}
	for name, values := range header {
		out.Header[http.CanonicalHeaderKey(name)] = strings.Join(values, ",")
	}
	for _, name := range framing {
		delete(out.Header, name)
	}
	return out
}

// overHTTP serves s as the self-hosted program does.
func overHTTP(t *testing.T, s lambda.API) sender {
	t.Helper()
	l, err := server.Listen(t.Context(), server.Config{Addr: "127.0.0.1:0", ShutdownTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, s) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	addr := strings.TrimPrefix(l.URL(), "http://")
	return func(t *testing.T, r request) response {
		t.Helper()
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() { _, _ = io.WriteString(conn, r.wire()) }() // what is refused early is not read whole
		answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.method})
		if err != nil {
			t.Fatalf("%s %s: %v", r.method, r.target, err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatalf("%s %s: %v", r.method, r.target, err)
		}
		return newResponse(answer.StatusCode, answer.Header, body)
	}
}

// wire is the request as it goes over a connection.
func (r request) wire() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", r.method, r.target, host)
	for _, h := range r.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if r.body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.body))
	}
	return b.String() + "\r\n" + r.body
}

const (
	host     = "kv.example.com"
	sourceIP = "192.0.2.7"
)

// invoke answers an event that some gateway made.
func invoke(t *testing.T, h *lambda.Handler, event map[string]any) response {
	t.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := h.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatalf("the invocation failed: %v", err)
	}
	return decode(t, answer)
}

// decode reads what a function returned as a gateway does.
func decode(t *testing.T, answer []byte) response {
	t.Helper()
	var out struct {
		StatusCode        int
		Headers           map[string]string
		MultiValueHeaders map[string][]string
		Cookies           []string
		Body              string
		IsBase64Encoded   bool
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		t.Fatalf("the function returned %.300q: %v", answer, err)
	}
	header := http.Header{}
	maps.Copy(header, out.MultiValueHeaders)
	for name, value := range out.Headers {
		header.Set(name, value)
	}
	for _, cookie := range out.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	body := []byte(out.Body)
	if out.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(out.Body); err != nil {
			t.Fatal(err)
		}
	}
	return newResponse(out.StatusCode, header, body)
}

// withBody adds the body to an event: as text where it is that, unless all bodies go in base64.
func (r request) withBody(event map[string]any, all bool) map[string]any {
	event["body"], event["isBase64Encoded"] = r.body, false
	if all || !utf8.ValidString(r.body) {
		event["body"], event["isBase64Encoded"] = base64.StdEncoding.EncodeToString([]byte(r.body)), true
	}
	if r.body == "" && !all {
		event["body"] = nil
	}
	return event
}

// split returns path and query as they were sent.
func (r request) split() (path, query string) {
	path, query, _ = strings.Cut(r.target, "?")
	return path, query
}

// overREST is API Gateway's REST API, with a stage.
func overREST(h *lambda.Handler) sender {
	return func(t *testing.T, r request) response {
		t.Helper()
		path, query := r.split()
		header, last := http.Header{"Host": {host}}, map[string]string{"Host": host}
		for _, h := range r.header {
			header[h[0]] = append(header[h[0]], h[1])
			last[h[0]] = h[1]
		}
		event := map[string]any{
			"resource": "/{proxy+}", "httpMethod": r.method, "path": path, "headers": last, "multiValueHeaders": header,
			"requestContext": map[string]any{
				"stage": "prod", "path": "/prod" + path, "domainName": "x.execute-api.eu-central-1.amazonaws.com",
				"identity": map[string]any{"sourceIp": sourceIP}, "httpMethod": r.method,
			},
		}
		if values, _ := url.ParseQuery(query); len(values) > 0 {
			first := map[string]string{}
			for name := range values {
				first[name] = values.Get(name)
			}
			event["queryStringParameters"], event["multiValueQueryStringParameters"] = first, values
		}
		return invoke(t, h, r.withBody(event, false))
	}
}

// overHTTPAPI is API Gateway's HTTP API, with a stage. It decodes the path.
func overHTTPAPI(h *lambda.Handler) sender {
	return func(t *testing.T, r request) response {
		t.Helper()
		path, query := r.split()
		path, err := url.PathUnescape(path)
		if err != nil {
			t.Fatal(err)
		}
		return invoke(t, h, r.withBody(r.v2("/prod"+path, query, "prod", "x.execute-api.eu-central-1.amazonaws.com"), false))
	}
}

// overURL is a function URL. All its bodies go in base64.
func overURL(h *lambda.Handler) sender {
	return func(t *testing.T, r request) response {
		t.Helper()
		path, query := r.split()
		event := r.v2(path, query, "$default", "x.lambda-url.eu-central-1.on.aws")
		for _, h := range r.header {
			if strings.EqualFold(h[0], "Cookie") {
				event["headers"].(map[string]string)["cookie"] = h[1]
			}
		}
		return invoke(t, h, r.withBody(event, true))
	}
}

// v2 is an event of format 2.0.
func (r request) v2(path, query, stage, domain string) map[string]any {
	headers, cookies := map[string]string{"host": host}, []string{}
	for _, h := range r.header {
		name := strings.ToLower(h[0])
		switch before, ok := headers[name]; {
		case name == "cookie":
			cookies = append(cookies, strings.Split(h[1], "; ")...)
		case ok:
			headers[name] = before + "," + h[1]
		default:
			headers[name] = h[1]
		}
	}
	return map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers, "cookies": cookies,
		"requestContext": map[string]any{
			"stage": stage, "domainName": domain,
			"http": map[string]any{"method": r.method, "path": path, "sourceIp": sourceIP, "protocol": "HTTP/1.1"},
		},
	}
}

// forms are the ways to a handler other than net/http.
func forms(h *lambda.Handler) map[string]sender {
	return map[string]sender{"REST API": overREST(h), "HTTP API": overHTTPAPI(h), "function URL": overURL(h)}
}

// echo tells what it got.
type echo struct{}

// heard is what a handler sees of a request.
type heard struct {
	Method, Path, RawPath, Host, RequestURI string
	Query                                   url.Values
	Header                                  map[string]string
	Length                                  int64
	Body                                    []byte
}

func (echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	seen := newResponse(0, r.Header, nil)
	out, err := json.Marshal(heard{
		r.Method, r.URL.Path, r.URL.RawPath, r.Host, r.URL.EscapedPath(), r.URL.Query(), seen.Header, r.ContentLength, body,
	})
	if err != nil {
		panic(err)
	}
	_, _ = io.Copy(w, bytes.NewReader(out))
}

func (echo) Fail(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusTeapot)
}
