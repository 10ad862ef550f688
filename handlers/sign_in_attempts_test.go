// SPDX-License-Identifier: Apache-2.0

package handlers_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A right key signs in, however much junk comes from the same address, and that goes on being slowed down.
func TestJunkLocksNobodyOut(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	const proxy = "203.0.113.7"
	statuses := map[int]int{}
	for range 50 {
		statuses[from(w.api, proxy, "tk_wrong").Code]++
	}
	if statuses[http.StatusUnauthorized] < 5 || statuses[http.StatusTooManyRequests] < 30 {
		t.Errorf("the junk is answered %v", statuses)
	}
	for range 3 {
		if answer := from(w.api, proxy, w.admin); answer.Code != http.StatusCreated {
			t.Fatalf("the right key is answered %d %s", answer.Code, answer.Body)
		}
		for range 10 {
			from(w.api, proxy, "tk_wrong")
		}
	}
	if answer := from(w.api, proxy, string(w.invite())); answer.Code != http.StatusCreated {
		t.Errorf("a right code is answered %d %s", answer.Code, answer.Body)
	}
}

// An address that has failed too often is not waited for: its body comes at once, or is not read.
func TestSlowBodiesAfterJunk(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	send := func(body string, length int) int {
		t.Helper()
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", length, body); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	body := func(token string) string { return fmt.Sprintf(`{"token":%q}`, token) }
	for range 20 {
		send(body("tk_wrong"), len(body("tk_wrong")))
	}
	if got := send(body("tk_wrong")[:5], 1000); got != http.StatusTooManyRequests {
		t.Errorf("a body that does not come is answered %d", got)
	}
	if got := send(body(w.admin), len(body(w.admin))); got != http.StatusCreated {
		t.Errorf("the right key is answered %d", got)
	}
}

// A call that identifies its caller takes a small body.
func TestBodiesOfSignInsAreSmall(t *testing.T) {
	t.Parallel()
	w := newEnabledWorld(t)
	body := func(size int) string {
		text := `{"token":"tk_wrong"}`
		return text + strings.Repeat(" ", size-len(text))
	}
	w.refused("unauthorized", "", "POST", "/api/session", body(4<<10))
	w.refused("too_large", "", "POST", "/api/session", body(4<<10+1))
	r := httptest.NewRequest(http.MethodPost, "/api/session", strings.NewReader(body(4<<10+1)))
	r.ContentLength = -1
	answer := httptest.NewRecorder()
	w.api.ServeHTTP(answer, r)
	if answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("without a length: answered %d", answer.Code)
	}
}
