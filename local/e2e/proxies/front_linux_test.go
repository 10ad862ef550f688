// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package proxies_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"

	"github.com/tempskv/tempskv/local/e2e"
)

// call makes a request through the proxy.
func (f front) call(c e2e.Caller, method, path string, body any, header ...string) *http.Response {
	f.Helper()
	req, err := c.Request(f.Context(), method, path, body)
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := f.Do(req)
	if err != nil {
		f.Fatalf("%s %s: %v", method, path, err)
	}
	return res
}

// text reads an answer to its end.
func (f front) text(res *http.Response) string {
	f.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.Error(err)
	}
	return string(body)
}

// passesLargeValues stores the largest value and reads it, and finds that the server itself refuses a larger one.
func (f front) passesLargeValues(c e2e.Caller) {
	f.Helper()
	const largest = 10 << 20
	value := strings.Repeat("a", largest-2) // and its quotes
	if got := f.text(f.call(c, http.MethodPost, "/api/kv/set", e2e.Object{"key": "large", "value": value})); got != `{"result":"OK"}`+"\n" {
		f.Errorf("storing the largest value answered %.200s", got)
	}
	if got := f.text(f.call(c, http.MethodPost, "/api/kv/get", e2e.Object{"key": "large"})); got != `{"value":"`+value+`"}`+"\n" {
		f.Errorf("reading the largest value answered %.200s, %d bytes", got, len(got))
	}
	res := f.call(c, http.MethodPost, "/api/kv/set", e2e.Object{"key": "large", "value": value + "a"})
	if got := f.text(res); res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(got, `"code":"too_large"`) {
		f.Errorf("storing a larger value answered %s %.200s", res.Status, got)
	}
}

// passesEvents reads an event of a stream that goes on.
func (f front) passesEvents(admin e2e.Caller) {
	f.Helper()
	res := f.call(admin, http.MethodGet, "/api/kv/events", nil)
	defer res.Body.Close()
	if line, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil || !strings.HasPrefix(line, "event:") && !strings.HasPrefix(line, "data:") {
		f.Errorf("the stream of events began with %q, %v", line, err)
	}
}

// makesSecureCookies signs a browser in.
func (f front) makesSecureCookies(admin e2e.Caller) {
	f.Helper()
	res := f.call(admin, http.MethodPost, "/api/session", e2e.Object{"token": admin.Token}, "Origin", admin.URL, "Authorization", "")
	f.text(res)
	cookies := res.Cookies()
	if res.StatusCode != http.StatusCreated || len(cookies) != 1 || !cookies[0].Secure || !strings.HasPrefix(cookies[0].Name, "__Host-") {
		f.Errorf("signing in answered %s and the cookies %v", res.Status, cookies)
	}
}

// servesBelow finds a server below a path, and its pages.
func (f front) servesBelow(c e2e.Caller) {
	f.Helper()
	if got := f.text(f.call(c, http.MethodPost, "/api/kv/incr", e2e.Object{"key": "below " + f.name})); got != `{"value":1}`+"\n" {
		f.Errorf("a call below a path answered %s", got)
	}
	for _, path := range []string{"/", "/docs", "/openapi.json", "/readyz"} {
		if res := f.call(c, http.MethodGet, path, nil); res.StatusCode != http.StatusOK {
			f.Errorf("%s%s is answered %s", c.URL, path, res.Status)
		} else if text := f.text(res); path == "/openapi.json" && !strings.Contains(text, c.URL) {
			f.Errorf("the document does not name %s: %.300s", c.URL, text)
		}
	}
}

// tellsAddresses finds the address of the proxy's client in the audit log.
func (f front) tellsAddresses(s *e2e.Server, admin e2e.Caller) {
	f.Helper()
	f.text(f.call(admin, http.MethodPost, "/api/projects", e2e.Object{"name": "seen"}))
	var log struct {
		Entries []struct{ Action, IP string }
	}
	s.Admin().Must(f.T, http.MethodGet, "/api/audit?limit=1", nil, &log)
	if len(log.Entries) != 1 || log.Entries[0].IP != "127.0.0.2" {
		f.Errorf("the audit log has %+v", log.Entries)
	}
}
