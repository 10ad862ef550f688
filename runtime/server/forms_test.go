// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tempskv/tempskv/runtime/server"
)

// exchange sends text on its own connection, and returns the statuses and bodies of all that is answered until the
// server closes it.
func exchange(t *testing.T, s *server.Server, text string) (answers []string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers
		}
		body, _ := io.ReadAll(res.Body)
		answer := fmt.Sprint(res.StatusCode)
		if res.StatusCode == http.StatusOK {
			answer += " " + string(body)
		}
		if res.Close {
			answer += ", closes"
		}
		answers = append(answers, answer)
	}
}

// TestFormsOfRequests sends what clients and proxies write in different ways. What is taken and what is refused is in
// SECURITY.md.
func TestFormsOfRequests(t *testing.T) {
	t.Parallel()
	s := listen(t, server.Config{Addr: "127.0.0.1:0"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%s %s%s", r.Method, body, r.Header.Get("X-A"))
	}))
	const post = "POST / HTTP/1.1\r\nHost: a\r\n"
	const next = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	const ok, refused = "200 GET ", "400, closes"
	chunked := post + "Transfer-Encoding: chunked\r\n\r\n"
	for name, tt := range map[string]struct {
		sent string
		want []string
	}{
		"HTTP/1.1":                          {next + next, []string{ok, ok}},
		"HTTP/1.0":                          {"GET / HTTP/1.0\r\n\r\n" + next, []string{ok + ", closes"}},
		"HTTP/1.0 that is to be kept":       {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + next, []string{ok + ", closes"}},
		"HTTP/1.0 with a body":              {"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx" + next, []string{"200 POST x, closes"}},
		"HTTP/1.0 with chunks":              {strings.Replace(chunked, "1.1", "1.0", 1) + "1\r\nx\r\n0\r\n\r\n", []string{"200 POST , closes"}},
		"HTTP/0.9":                          {"GET /\r\n", []string{refused}},
		"HTTP/3.0":                          {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", []string{"505, closes"}},
		"HTTP/2 without TLS":                {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", []string{"505, closes"}},
		"HTTP/2 in a request line":          {"GET / HTTP/2.0\r\nHost: a\r\n\r\n" + next, []string{"505, closes"}},
		"upgrade to HTTP/2":                 {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n" + next, []string{ok, ok}},
		"the same length twice":             {post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx" + next, []string{"200 POST x", ok}},
		"two lengths":                       {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx" + next, []string{refused}},
		"lengths in a list":                 {post + "Content-Length: 1, 1\r\n\r\nx" + next, []string{refused}},
		"a length with a sign":              {post + "Content-Length: +1\r\n\r\nx" + next, []string{refused}},
		"a length and chunks":               {post + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" + next, []string{"200 POST x, closes"}},
		"chunks":                            {chunked + "1\r\nx\r\n0\r\n\r\n" + next, []string{"200 POST x, closes"}},
		"another coding":                    {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + next, []string{"501, closes"}},
		"a folded header":                   {"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n" + next, []string{ok + "b c", ok}},
		"a first header that is folded":     {"GET / HTTP/1.1\r\n X-A: b\r\nHost: a\r\n\r\n" + next, []string{refused}},
		"line feeds alone":                  {"GET / HTTP/1.1\nHost: a\nX-A: b\n\n" + next, []string{ok + "b", ok}},
		"a line feed alone after a chunk's": {chunked + "1\nx\r\n0\r\n\r\n" + next, []string{refused}},
		"a line feed alone in an extension": {chunked + "1;a\nx\r\n0\r\n\r\n" + next, []string{refused}},
		"a carriage return alone":           {"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n" + next, []string{refused}},
		"NUL":                               {"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\x00\r\n\r\n" + next, []string{refused}},
		"space before a colon":              {"GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n" + next, []string{refused}},
		"no host":                           {"GET / HTTP/1.1\r\n\r\n" + next, []string{refused}},
		"two hosts":                         {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + next, []string{refused}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := exchange(t, s, tt.sent); !slices.Equal(got, tt.want) {
				t.Errorf("answered %q, want %q", got, tt.want)
			}
		})
	}
}
