// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestExportsOfOneProject begins exports of one project that nobody reads: from the third on they are refused, and told why,
// while another project gets its own.
func TestExportsOfOneProject(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	token, other := w.token(w.project("p"), ""), w.token(w.project("q"), "")
	for i := range 24 { // more than the buffers of a connection hold
		w.do(token, "set", fmt.Sprintf(`{"key":"%d","value":%q}`, i, strings.Repeat("x", 1<<20)))
	}
	server := httptest.NewServer(w.api)
	defer server.Close()
	var readers []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, c)
		_, err = fmt.Fprintf(c, "POST /api/kv/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", token)
		if err != nil {
			t.Fatal(err)
		}
		var first [12]byte
		if _, err := io.ReadFull(c, first[:]); err != nil || string(first[:]) != "HTTP/1.1 200" {
			t.Fatalf("%q %v", first, err)
		}
	}
	for range 4 {
		answer := call(w.api, "POST", "/api/kv/export", token, `{}`)
		if p := problemOf(t, answer); p.Code != "kv_unavailable" || !strings.Contains(p.Detail, "2 exports of this project are under way") {
			t.Errorf("an export too many: %+v", p)
		}
		if answer := call(w.api, "POST", "/api/kv/export", other, `{}`); answer.Code != 200 || answer.Body.String() != "{\"end\":{\"keys\":0}}\n" {
			t.Errorf("that of another project: %d %s", answer.Code, answer.Body)
		}
	}
	for _, c := range readers {
		_ = c.Close()
	}
}
